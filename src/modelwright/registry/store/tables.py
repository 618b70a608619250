"""The room's tables.

Rows are found by small numbers (`pk`), so that a model can be renamed in one row. `models.last_number` only grows:
a number is given out once, also when its version is deleted.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from modelwright.core.db.schema import PrimaryKey, metadata

CodePoints: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text ordered by code point on both databases."""

models = Table(
    "models",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("name", CodePoints, nullable=False, unique=True),
    Column("description", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Index("ix_models_updated", "updated_ms"),
)

model_tags = Table(
    "model_tags",
    metadata,
    Column("model_pk", BigInteger, ForeignKey("models.pk"), nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("model_pk", "key"),
    Index("ix_model_tags_key", "key", "model_pk"),
    sqlite_with_rowid=False,
)

versions = Table(
    "versions",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("model_pk", BigInteger, ForeignKey("models.pk"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),  # None | Staging | Production | Archived
    Column("description", Text),
    Column("source", Text, nullable=False),  # as the client gave it
    Column("location", Text, nullable=False),  # where the files are to be had
    Column("run_id", Text),  # empty when it came from no run, so that a search for other runs finds it
    Column("run_link", Text),
    Column("logged_model_id", Text),
    Column("digest", Text),  # of the manifest, when the files are in our store: then the next three are there too
    Column("owner", Text),
    Column("root", Text),
    Column("size", BigInteger),  # in bytes, of all the files
    Column("created_by", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    UniqueConstraint("model_pk", "number", name="uq_versions_number"),
    Index("ix_versions_stage", "model_pk", "stage", "number"),
    Index("ix_versions_updated", "updated_ms"),
    Index("ix_versions_run", "run_id"),
    Index("ix_versions_logged_model", "logged_model_id"),
    Index("ix_versions_digest", "digest"),
)

version_tags = Table(
    "version_tags",
    metadata,
    Column("version_pk", BigInteger, ForeignKey("versions.pk"), nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("version_pk", "key"),
    Index("ix_version_tags_key", "key", "version_pk"),
    sqlite_with_rowid=False,
)

aliases = Table(
    "aliases",
    metadata,
    Column("model_pk", BigInteger, ForeignKey("models.pk"), nullable=False),
    Column("alias", CodePoints, nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("model_pk", "alias"),
    Index("ix_aliases_alias", "alias", "model_pk"),
    sqlite_with_rowid=False,
)

# The whole history of every alias, for as long as its model lives; the log of events keeps it longer.
alias_moves = Table(
    "alias_moves",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("model_pk", BigInteger, ForeignKey("models.pk"), nullable=False),
    Column("alias", Text, nullable=False),
    Column("before_number", BigInteger),  # None: the alias was not there
    Column("after_number", BigInteger),  # None: the alias was taken away
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("comment", Text, nullable=False, server_default=""),
    Index("ix_alias_moves_alias", "model_pk", "alias", "pk"),
)
