"""What the log says of waits, of the bot's answers, of how it was."""
