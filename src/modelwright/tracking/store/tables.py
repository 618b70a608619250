"""The room's tables.

Rows are found by small numbers (`pk`); the ids that people and clients see stand beside them. Values that a search
compares carry their experiment's id, so that one index answers "which runs of this experiment have key = value"
without touching the runs. `runs.revision` grows with every change of anything a reader of the run can see, so that
an encoded run can be kept by (pk, revision).
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
)

from modelwright.core.db.schema import PrimaryKey, metadata

SEARCHED_CHARS = 128
"""How much of a value stands in PostgreSQL's search index, which refuses rows of more than 2,700 bytes."""

experiments = Table(
    "experiments",
    metadata,
    Column("id", PrimaryKey, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("artifact_location", Text, nullable=False),
    Column("lifecycle", Text, nullable=False),  # active | deleted
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Index("ix_experiments_order", "lifecycle", "created_ms", "id"),
    sqlite_autoincrement=True,  # a number that was once an experiment's is never another's
)

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column("experiment_id", BigInteger, ForeignKey("experiments.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("experiment_id", "key"),
    sqlite_with_rowid=False,
)

runs = Table(
    "runs",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),  # 32 hexadecimal digits
    Column("experiment_id", BigInteger, ForeignKey("experiments.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),  # RUNNING | SCHEDULED | FINISHED | FAILED | KILLED
    Column("user_id", Text, nullable=False),
    Column("lifecycle", Text, nullable=False),  # active | deleted
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger),
    Column("deleted_ms", BigInteger),
    Column("deleted_with_experiment", SmallInteger, nullable=False),  # 1: comes back when the experiment does
    Column("artifact_uri", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("ix_runs_order", "experiment_id", "lifecycle", "start_ms", "id"),
    Index("ix_runs_status", "experiment_id", "lifecycle", "status"),
)

# On PostgreSQL the migration makes this index COLLATE "C", for beginnings are compared by code point; it is not said
# here because PostgreSQL describes its index without.
NAME_HEAD = func.lower(func.substr(runs.c.name, literal_column("1"), literal_column(str(SEARCHED_CHARS))))
Index("ix_runs_name", NAME_HEAD)

params = Table(
    "params",
    metadata,
    Column("run_pk", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("experiment_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_pk", "key"),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    Column("run_pk", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("experiment_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_pk", "key"),
    sqlite_with_rowid=False,
)

for _keyed in (params, tags):
    # SQLite's index holds the whole value, so that a search never reads the table: an index over an expression would
    # make it read every row again. PostgreSQL's must not, for its rows have a limit.
    _place = (_keyed.c.experiment_id, _keyed.c.key)
    _head = func.substr(_keyed.c.value, 1, SEARCHED_CHARS)
    Index(f"ix_{_keyed.name}_search", *_place, _keyed.c.value, _keyed.c.run_pk).ddl_if(dialect="sqlite")
    Index(f"ix_{_keyed.name}_search_head", *_place, _head, _keyed.c.run_pk).ddl_if(dialect="postgresql")

# One row per metric of a run: the latest point by (step, time, value), and where the series' chunks hang.
series = Table(
    "series",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("run_pk", BigInteger, nullable=False),
    Column("experiment_id", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("last_value", Double, nullable=False),  # 0 when it is NaN
    Column("last_is_nan", SmallInteger, nullable=False),
    Column("min_value", Double),  # None while every value is NaN
    Column("max_value", Double),
    Column("points", BigInteger, nullable=False),  # as written: a point sent twice counts twice until compaction
    UniqueConstraint("run_pk", "key", name="uq_series_run_key"),
    Index("ix_series_search", "experiment_id", "key", "last_is_nan", "last_value", "run_pk"),
)

# The points of a series, in pieces. A write appends a small raw chunk; compaction replaces many by one compressed.
chunks = Table(
    "chunks",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("series_pk", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("min_step", BigInteger, nullable=False),
    Column("max_step", BigInteger, nullable=False),
    Column("encoding", SmallInteger, nullable=False),
    # The summary stands before the data: SQLite reads a long row from its front.
    Column("summary", LargeBinary),  # first, min, max, last of each run of points; only on compacted chunks
    Column("data", LargeBinary, nullable=False),
    Index("ix_chunks_series", "series_pk", "min_step", "pk"),
)

datasets = Table(
    "datasets",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),  # d-<32 hexadecimal digits>
    Column("experiment_id", BigInteger, ForeignKey("experiments.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("schema", Text),
    Column("profile", Text),
    UniqueConstraint("experiment_id", "name", "digest", name="uq_datasets_identity"),
)

run_datasets = Table(
    "run_datasets",
    metadata,
    Column("run_pk", BigInteger, nullable=False),
    Column("dataset_pk", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_pk", "dataset_pk"),
    Index("ix_run_datasets_dataset", "dataset_pk", "run_pk"),
    sqlite_with_rowid=False,
)

run_dataset_tags = Table(
    "run_dataset_tags",
    metadata,
    Column("run_pk", BigInteger, nullable=False),
    Column("dataset_pk", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("run_pk", "dataset_pk", "key"),
    sqlite_with_rowid=False,
)

# Logged models that a run took in (step 0) or gave out.
run_models = Table(
    "run_models",
    metadata,
    Column("run_pk", BigInteger, nullable=False),
    Column("direction", Text, nullable=False),  # input | output
    Column("model_id", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    PrimaryKeyConstraint("run_pk", "direction", "model_id", "step"),
    Index("ix_run_models_model", "model_id"),
    sqlite_with_rowid=False,
)

logged_models = Table(
    "logged_models",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),  # m-<32 hexadecimal digits>
    Column("experiment_id", BigInteger, ForeignKey("experiments.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("artifact_location", Text, nullable=False),
    Column("source_run_id", Text, nullable=False),  # empty when it came from no run
    Column("status", Text, nullable=False),  # PENDING | READY | FAILED
    Column("status_message", Text),
    Column("model_type", Text, nullable=False),
    Column("lifecycle", Text, nullable=False),  # active | deleted
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Index("ix_logged_models_order", "experiment_id", "lifecycle", "created_ms", "id"),
    Index("ix_logged_models_run", "source_run_id"),
)

logged_model_params = Table(
    "logged_model_params",
    metadata,
    Column("model_pk", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("model_pk", "key"),
    sqlite_with_rowid=False,
)

logged_model_tags = Table(
    "logged_model_tags",
    metadata,
    Column("model_pk", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("model_pk", "key"),
    sqlite_with_rowid=False,
)

# The latest value of a metric that was logged for a model, per run and dataset.
logged_model_metrics = Table(
    "logged_model_metrics",
    metadata,
    Column("model_pk", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("dataset_name", Text, nullable=False),  # empty when none was named
    Column("dataset_digest", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("ms", BigInteger, nullable=False),
    Column("value", Double, nullable=False),  # 0 when it is NaN
    Column("is_nan", SmallInteger, nullable=False),
    PrimaryKeyConstraint("model_pk", "key", "run_id", "dataset_name", "dataset_digest"),
    Index("ix_logged_model_metrics_search", "key", "is_nan", "value", "model_pk"),
    sqlite_with_rowid=False,
)
