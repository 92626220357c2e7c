"""Puts everyone together, and keeps it running."""
