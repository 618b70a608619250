"""Artifacts: owners and their files, blobs, holds, uploads in parts."""

import sqlalchemy as sa
from alembic import op

from modelwright.core.db.schema import PrimaryKey

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "artifact_blobs",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("touched_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_artifact_blobs"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "artifact_owners",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_artifact_owners"),
        sa.UniqueConstraint("name", name="uq_artifact_owners_name"),
    )
    op.create_table(
        "artifact_uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_artifact_uploads"),
    )
    op.create_table(
        "artifact_entries",
        sa.Column("owner_pk", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_pk"], ["artifact_owners.pk"], name="fk_artifact_entries_owner_pk_artifact_owners"
        ),
        sa.PrimaryKeyConstraint("owner_pk", "path", name="pk_artifact_entries"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_artifact_entries_digest", "artifact_entries", ["digest"])
    op.create_table(
        "artifact_holds",
        sa.Column("owner_pk", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_pk"], ["artifact_owners.pk"], name="fk_artifact_holds_owner_pk_artifact_owners"
        ),
        sa.PrimaryKeyConstraint("holder", "owner_pk", "prefix", name="pk_artifact_holds"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_artifact_holds_owner", "artifact_holds", ["owner_pk"])
