"""Experiments, runs, series and logged models."""

import time

import sqlalchemy as sa
from alembic import op

from modelwright.core.db.schema import PrimaryKey

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chunks",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("series_pk", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("min_step", sa.BigInteger(), nullable=False),
        sa.Column("max_step", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.SmallInteger(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_chunks"),
    )
    op.create_index("ix_chunks_series", "chunks", ["series_pk", "min_step", "pk"])

    experiments = op.create_table(
        "experiments",
        sa.Column("id", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("artifact_location", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
        sa.UniqueConstraint("name", name="uq_experiments_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_experiments_order", "experiments", ["lifecycle", "created_ms", "id"])

    op.create_table(
        "logged_model_metrics",
        sa.Column("model_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("dataset_name", sa.Text(), nullable=False),
        sa.Column("dataset_digest", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("is_nan", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "model_pk", "key", "run_id", "dataset_name", "dataset_digest", name="pk_logged_model_metrics"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_logged_model_metrics_search", "logged_model_metrics", ["key", "is_nan", "value", "model_pk"])

    op.create_table(
        "logged_model_params",
        sa.Column("model_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model_pk", "key", name="pk_logged_model_params"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logged_model_tags",
        sa.Column("model_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model_pk", "key", name="pk_logged_model_tags"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "params",
        sa.Column("run_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_pk", "key", name="pk_params"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_dataset_tags",
        sa.Column("run_pk", sa.BigInteger(), nullable=False),
        sa.Column("dataset_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_pk", "dataset_pk", "key", name="pk_run_dataset_tags"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_datasets",
        sa.Column("run_pk", sa.BigInteger(), nullable=False),
        sa.Column("dataset_pk", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_pk", "dataset_pk", name="pk_run_datasets"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_datasets_dataset", "run_datasets", ["dataset_pk", "run_pk"])

    op.create_table(
        "run_models",
        sa.Column("run_pk", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_pk", "direction", "model_id", "step", name="pk_run_models"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_models_model", "run_models", ["model_id"])

    op.create_table(
        "series",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("run_pk", sa.BigInteger(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_value", sa.Double(), nullable=False),
        sa.Column("last_is_nan", sa.SmallInteger(), nullable=False),
        sa.Column("min_value", sa.Double(), nullable=True),
        sa.Column("max_value", sa.Double(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_series"),
        sa.UniqueConstraint("run_pk", "key", name="uq_series_run_key"),
    )
    op.create_index("ix_series_search", "series", ["experiment_id", "key", "last_is_nan", "last_value", "run_pk"])

    op.create_table(
        "tags",
        sa.Column("run_pk", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_pk", "key", name="pk_tags"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "datasets",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.id"], name="fk_datasets_experiment_id_experiments"),
        sa.PrimaryKeyConstraint("pk", name="pk_datasets"),
        sa.UniqueConstraint("experiment_id", "name", "digest", name="uq_datasets_identity"),
        sa.UniqueConstraint("id", name="uq_datasets_id"),
    )
    op.create_table(
        "experiment_tags",
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name="fk_experiment_tags_experiment_id_experiments"
        ),
        sa.PrimaryKeyConstraint("experiment_id", "key", name="pk_experiment_tags"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logged_models",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("artifact_location", sa.Text(), nullable=False),
        sa.Column("source_run_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_message", sa.Text(), nullable=True),
        sa.Column("model_type", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name="fk_logged_models_experiment_id_experiments"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_logged_models"),
        sa.UniqueConstraint("id", name="uq_logged_models_id"),
    )
    op.create_index("ix_logged_models_order", "logged_models", ["experiment_id", "lifecycle", "created_ms", "id"])
    op.create_index("ix_logged_models_run", "logged_models", ["source_run_id"])

    op.create_table(
        "runs",
        sa.Column("pk", PrimaryKey, sa.Identity(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=True),
        sa.Column("deleted_with_experiment", sa.SmallInteger(), nullable=False),
        sa.Column("artifact_uri", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.id"], name="fk_runs_experiment_id_experiments"),
        sa.PrimaryKeyConstraint("pk", name="pk_runs"),
        sa.UniqueConstraint("id", name="uq_runs_id"),
    )
    op.create_index("ix_runs_order", "runs", ["experiment_id", "lifecycle", "start_ms", "id"])
    op.create_index("ix_runs_status", "runs", ["experiment_id", "lifecycle", "status"])

    for table in ("params", "tags"):
        if op.get_bind().dialect.name == "sqlite":
            op.create_index(f"ix_{table}_search", table, ["experiment_id", "key", "value", "run_pk"])
        else:
            head = sa.text("substr(value, 1, 128)")
            op.create_index(f"ix_{table}_search_head", table, ["experiment_id", "key", head, "run_pk"])

    # Clients log into experiment 0 when they name none.
    now_ms = time.time_ns() // 1_000_000
    op.bulk_insert(
        experiments,
        [
            {
                "id": 0,
                "name": "Default",
                "artifact_location": "mlflow-artifacts:/0",
                "lifecycle": "active",
                "created_ms": now_ms,
                "updated_ms": now_ms,
            }
        ],
    )
