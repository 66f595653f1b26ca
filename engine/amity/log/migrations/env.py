"""Runs the steps on the connection that `amity.log.schema` gives, in its transaction."""

from alembic import context

from amity.log.tables import METADATA

# SQLite takes back changes of tables like any others, so that a step happens whole or not at all.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()
