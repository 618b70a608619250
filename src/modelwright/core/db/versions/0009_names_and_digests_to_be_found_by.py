"""Runs are found by how their name begins, versions by their digest, aliases across all models."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    head = "lower(substr(name, 1, 128))"
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_index("ix_runs_name", "runs", [sa.text(head if is_sqlite else f'({head} COLLATE "C")')])
    op.create_index("ix_versions_digest", "versions", ["digest"])
    op.create_index("ix_aliases_alias", "aliases", ["alias", "model_pk"])
