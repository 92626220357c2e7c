"""Alembic's entry: it runs on the connection, and in the transaction, that `migrating.upgrade` hands it."""

from alembic import context

from bridge.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
