"""Common questions: the owner's entries, which of them a message asks for, and whether that is sure enough."""
