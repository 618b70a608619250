"""Models, versions, aliases with their history, and lineage."""

import sqlalchemy as sa
from alembic import op

from modelwright.core.db.schema import PrimaryKey

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


CodePoints = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "lineage_edges",
        sa.Column("source", CodePoints, nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("target", CodePoints, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "relation", "target", name="pk_lineage_edges"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lineage_edges_target", "lineage_edges", ["target"])

    op.create_table(
        "models",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("name", CodePoints, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_models"),
        sa.UniqueConstraint("name", name="uq_models_name"),
    )
    op.create_index("ix_models_updated", "models", ["updated_ms"])

    op.create_table(
        "alias_moves",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("model_pk", sa.BigInteger(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("before_number", sa.BigInteger(), nullable=True),
        sa.Column("after_number", sa.BigInteger(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["model_pk"], ["models.pk"], name="fk_alias_moves_model_pk_models"),
        sa.PrimaryKeyConstraint("pk", name="pk_alias_moves"),
    )
    op.create_index("ix_alias_moves_alias", "alias_moves", ["model_pk", "alias", "pk"])

    op.create_table(
        "aliases",
        sa.Column("model_pk", sa.BigInteger(), nullable=False),
        sa.Column("alias", CodePoints, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_pk"], ["models.pk"], name="fk_aliases_model_pk_models"),
        sa.PrimaryKeyConstraint("model_pk", "alias", name="pk_aliases"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "model_tags",
        sa.Column("model_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["model_pk"], ["models.pk"], name="fk_model_tags_model_pk_models"),
        sa.PrimaryKeyConstraint("model_pk", "key", name="pk_model_tags"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_model_tags_key", "model_tags", ["key", "model_pk"])

    op.create_table(
        "versions",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("model_pk", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("run_link", sa.Text(), nullable=True),
        sa.Column("logged_model_id", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("root", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_pk"], ["models.pk"], name="fk_versions_model_pk_models"),
        sa.PrimaryKeyConstraint("pk", name="pk_versions"),
        sa.UniqueConstraint("model_pk", "number", name="uq_versions_number"),
    )
    op.create_index("ix_versions_run", "versions", ["run_id"])
    op.create_index("ix_versions_logged_model", "versions", ["logged_model_id"])
    op.create_index("ix_versions_stage", "versions", ["model_pk", "stage", "number"])
    op.create_index("ix_versions_updated", "versions", ["updated_ms"])

    op.create_table(
        "version_tags",
        sa.Column("version_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_pk"], ["versions.pk"], name="fk_version_tags_version_pk_versions"),
        sa.PrimaryKeyConstraint("version_pk", "key", name="pk_version_tags"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_version_tags_key", "version_tags", ["key", "version_pk"])
