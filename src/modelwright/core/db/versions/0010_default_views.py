"""Of the shared views of a page, the one that it shows when its address names none."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("views", sa.Column("is_default", sa.SmallInteger(), server_default="0", nullable=False))
