"""The catalogues of `bridge.language`, and the command that keeps them in step with the code."""
