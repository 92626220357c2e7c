"""What is stored: SQLAlchemy Core on SQLite or PostgreSQL, one synchronous function a transaction."""
