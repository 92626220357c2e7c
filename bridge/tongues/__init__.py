"""What language a text is written in, and the words that it is made of. No FAQ is needed for it."""
