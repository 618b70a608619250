"""Versions know the size of their files, and moves of aliases why they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("versions", sa.Column("size", sa.BigInteger(), nullable=True))
    op.add_column("alias_moves", sa.Column("comment", sa.Text(), nullable=False, server_default=""))
