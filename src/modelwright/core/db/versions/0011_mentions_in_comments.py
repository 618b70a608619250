"""What comments mention: things and people, found from the comment and from what is mentioned."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_mentions",
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_comment_mentions_comment_id_comments"),
        sa.PrimaryKeyConstraint("comment_id", "text", name="pk_comment_mentions"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_comment_mentions_ref", "comment_mentions", ["ref", "comment_id"])
