"""Run by Alembic on the connection given by `models.database.alembic_config`; its caller commits."""

from typing import Literal

from alembic import context
from alembic.script import ScriptDirectory

from models.search_tables import is_declared
from models.tables import Base, SafeText
from models.views import create_views, drop_views, sort_by_bytes


def render_type(kind: str, item: object, _: object) -> str | Literal[False]:
    """A migration names plain types, so that it stays true when our own types change."""
    return "sa.String()" if kind == "type" and isinstance(item, SafeText) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
    render_item=render_type,
    include_name=is_declared,
)
with context.begin_transaction():
    drop_views(connection)
    context.run_migrations()
    heads = ScriptDirectory.from_config(context.config).get_heads()
    if set(context.get_context().get_current_heads()) == set(heads):
        sort_by_bytes(connection)
        create_views(connection)
