"""The store: the only code that knows SQLAlchemy. Whole transactions, on SQLite or PostgreSQL."""
