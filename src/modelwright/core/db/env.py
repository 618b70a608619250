"""Alembic's entry: runs revisions on the connection that `core.db.migrate` opened."""

from alembic import context

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # A migration that cannot get its lock gives up instead of making every request queue behind it.
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    # Two servers that start together migrate one after the other.
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5710)")
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    compare_type=False,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
