"""What one can ask of runs, experiments and logged models."""

from modelwright.core.search import Domain, Grammar, Operators, Subject, Values

_TEXT_LIST = (*Operators.TEXT, *Operators.LIST)
_METRICS = Domain(
    name="metric",
    spellings=("metrics", "metric"),
    free=Subject(values=Values.REAL, operators=Operators.ORDERED),
)


def _text(name: str, *, listed: bool = False, sortable: bool = True) -> Subject:
    return Subject(name=name, operators=_TEXT_LIST if listed else Operators.TEXT, sortable=sortable)


def _time(name: str) -> Subject:
    """Milliseconds since 1970."""
    return Subject(name=name, values=Values.INTEGER, operators=Operators.ORDERED)


_RUN_NAME = _text("run_name")
_RUN_START = _time("start_time")
_KEYED = Subject(operators=(*Operators.TEXT, *Operators.PRESENCE))

RUNS = Grammar(
    title="runs",
    bare="attribute",
    domains=(
        Domain(name="metric", spellings=_METRICS.spellings, free=_METRICS.free),
        Domain(name="param", spellings=("params", "param", "parameters", "parameter"), free=_KEYED),
        Domain(name="tag", spellings=("tags", "tag"), free=_KEYED),
        Domain(
            name="attribute",
            spellings=("attributes", "attribute", "attr", "run"),
            names={
                "run_id": _text("run_id", listed=True),
                "run_name": _RUN_NAME,
                "status": _text("status"),
                "start_time": _RUN_START,
                "end_time": _time("end_time"),
                "user_id": _text("user_id"),
                "artifact_uri": _text("artifact_uri"),
                # Names that MLflow's first web page used for columns, and that saved searches still hold.
                "run name": _RUN_NAME,
                "Run name": _RUN_NAME,
                "Run Name": _RUN_NAME,
                "created": _RUN_START,
                "Created": _RUN_START,
            },
        ),
        Domain(
            name="dataset",
            spellings=("datasets", "dataset"),
            names={name: _text(name, listed=True, sortable=False) for name in ("name", "digest", "context")},
        ),
    ),
)

EXPERIMENTS = Grammar(
    title="experiments",
    bare="attribute",
    domains=(
        Domain(
            name="attribute",
            spellings=("attribute", "attributes"),
            names={
                "name": _text("name"),
                "experiment_id": Subject(
                    name="experiment_id", values=Values.INTEGER, operators=Operators.IDENTITY, quoted=True
                ),
                "creation_time": _time("creation_time"),
                "last_update_time": _time("last_update_time"),
            },
        ),
        Domain(
            name="tag",
            spellings=("tags", "tag"),
            free=Subject(operators=(*Operators.TEXT, *Operators.PRESENCE), sortable=False),
        ),
    ),
)

_MODEL_CREATED = _time("creation_timestamp")
_MODEL_UPDATED = _time("last_updated_timestamp")

LOGGED_MODELS = Grammar(
    title="logged models",
    bare="attribute",
    numbers_as_text=True,
    domains=(
        _METRICS,
        Domain(name="param", spellings=("params",), free=Subject(operators=_TEXT_LIST, sortable=False)),
        Domain(name="tag", spellings=("tags",), free=Subject(operators=_TEXT_LIST, sortable=False)),
        Domain(
            name="attribute",
            spellings=("attributes", "attribute"),
            names={
                **{
                    name: _text(name, listed=True)
                    for name in ("name", "model_id", "model_type", "status", "source_run_id")
                },
                "creation_timestamp": _MODEL_CREATED,
                "creation_timestamp_ms": _MODEL_CREATED,
                "creation_time": _MODEL_CREATED,
                "last_updated_timestamp": _MODEL_UPDATED,
                "last_updated_timestamp_ms": _MODEL_UPDATED,
                "last_updated_time": _MODEL_UPDATED,
            },
        ),
    ),
)
