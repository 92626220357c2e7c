"""Tests of the whole daemon, mostly as a process of its own."""
