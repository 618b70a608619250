"""The tables of serving."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from modelwright.core.db.schema import PrimaryKey, metadata, unique_where

deployments = Table(
    "deployments",
    metadata,
    Column("pk", PrimaryKey, Identity(), primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Column("stopped", SmallInteger, nullable=False),
    Column("sticky", Text, nullable=False),
    Column("logging", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

# `files` is the version's list of files as it was when the route was made: a node can load it while nobody
# can say any more what the registry looked like then.
routes = Table(
    "deployment_routes",
    metadata,
    Column("deployment_pk", BigInteger, ForeignKey("deployments.pk", ondelete="CASCADE"), nullable=False),
    Column("id", Text, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("model", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("share", Double, nullable=False),
    Column("mode", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("slow_ms", Text, nullable=False),
    PrimaryKeyConstraint("deployment_pk", "id"),
)

# One row: the number that grows with every change of what nodes shall serve.
revision = Table(
    "serving_revision",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
)

rollouts = Table(
    "rollouts",
    metadata,
    Column("id", PrimaryKey, Identity(), primary_key=True),
    Column("deployment_pk", BigInteger, ForeignKey("deployments.pk", ondelete="CASCADE"), nullable=False),
    Column("phase", Text, nullable=False),
    Column("finished", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    unique_where("uq_rollouts_open", "deployment_pk", where="finished = 0"),
)

rollout_events = Table(
    "rollout_events",
    metadata,
    Column("rollout_id", BigInteger, ForeignKey("rollouts.id", ondelete="CASCADE"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("rollout_id", "number"),
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("report", Text, nullable=False),
)

windows = Table(
    "route_windows",
    metadata,
    Column("deployment", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("window_ms", BigInteger, nullable=False),
    Column("node", Text, nullable=False),
    Column("pinned", SmallInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("latency_sum_ms", Double, nullable=False),
    Column("latency_counts", Text, nullable=False),
    Column("compared", BigInteger, nullable=False),
    Column("differing", BigInteger, nullable=False),
    PrimaryKeyConstraint("deployment", "route", "window_ms", "node", "pinned"),
    Index("ix_route_windows_time", "deployment", "window_ms"),
)

# The ledger's index. A segment that was merged into another keeps its row, so that its node, should it not have
# heard that the segment arrived, does not bring the same rows twice; `merged_into` is NULL for those that count.
segments = Table(
    "ledger_segments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("share", Double, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("hidden", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("merged_into", Text),
    Column("published_ms", BigInteger),  # since when its rows are in the Delta table as well
    Index("ix_ledger_segments_time", "first_ms", "last_ms"),
    Index("ix_ledger_segments_deployment", "deployment", "last_ms"),
)

# `value` is NULL for a label that is no number; `label` is what was said, as text.
outcomes = Table(
    "prediction_outcomes",
    metadata,
    Column("prediction", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("value", Double),
    Column("label", Text, nullable=False),
    Column("predicted_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("prediction", "position", "name"),
    Index("ix_prediction_outcomes_time", "deployment", "predicted_ms"),
)

# Computed once for a prediction, an output and a background, and kept as long as the ledger keeps the prediction.
attributions = Table(
    "prediction_attributions",
    metadata,
    Column("prediction", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("background", Text, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("predicted_ms", BigInteger, nullable=False),
    Column("computed_ms", BigInteger, nullable=False),
    Column("asked", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("prediction", "position", "method", "output", "background", "asked"),
    Index("ix_prediction_attributions_time", "deployment", "predicted_ms"),
)

# What each node found when it held a conversion of these bytes against the original.
parities = Table(
    "conversion_parities",
    metadata,
    Column("manifest", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("found_ms", BigInteger, nullable=False),
    Column("finding", Text, nullable=False),
    PrimaryKeyConstraint("manifest", "node"),
)

proofs = Table(
    "load_proofs",
    metadata,
    Column("manifest", Text, primary_key=True),
    Column("asked_ms", BigInteger, nullable=False),
    Column("found_ms", BigInteger),
    Column("finding", Text, nullable=False),
)
