"""What customers say, language by language: one file of word lists each, read by `bridge.faq.phrases`."""
