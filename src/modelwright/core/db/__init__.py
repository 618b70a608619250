"""The database: one set of SQLAlchemy Core tables and statements on SQLite and PostgreSQL."""
