"""Keeping on top of what waits: what owners do with cases, what the clock does, what owners are told and when."""
