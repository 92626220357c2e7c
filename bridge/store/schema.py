"""All tables. Migrations (`migrations/`) bring a database here; a test holds that they arrive at exactly this."""

from __future__ import annotations

from bridge.store import book_tables, case_tables, work_tables
from bridge.store.columns import metadata

__all__ = ["book_tables", "case_tables", "metadata", "work_tables"]
