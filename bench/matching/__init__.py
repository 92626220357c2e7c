"""Programs that made what the FAQ's matcher ships, and that measure it: see docs/explanation of the matcher."""
