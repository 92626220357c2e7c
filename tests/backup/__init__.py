"""Tests of backups, of the way back, and of moving a database from version to version."""
