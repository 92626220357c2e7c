"""The steps that a message takes: all the I/O and waiting there is."""
