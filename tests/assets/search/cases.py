"""The filters and order terms that both MLflow and we are asked: the same list at every call."""

import itertools
import random
from collections.abc import Iterator

LANGUAGES = ("runs", "experiments", "logged_models", "registered_models", "model_versions")

_FIELDS = {
    "runs": (
        "metrics.loss", "metric.a.b", "metrics.`a b`", 'metrics."a-b"', "metrics.'x/y'", "params.lr", "param.p",
        "parameters.p", "parameter.p", "params.select", "tags.mlflow.runName", "tag.t", "tags.`mlflow.note.content`",
        "`tags`.k", "attributes.run_id", "run_id", "attribute.status", "attr.status", "run.status", "status",
        "run_name", "`Run name`", "artifact_uri", "user_id", "start_time", "end_time", "created", "dataset.name",
        "datasets.digest", "dataset.context", "dataset.size", "experiment_id", "lifecycle_stage", "Status", "Tags.k",
        "foo.k", "loss", "metrics.a-b", "metrics.é", '"status"', "'status'",
    ),
    "experiments": (
        "name", "attribute.name", "attributes.name", "`name`", "experiment_id", "creation_time", "last_update_time",
        "tags.a", "tag.a b", "tags.`a b`", "lifecycle_stage", "params.a", "metrics.a", "artifact_location",
    ),
    "logged_models": (
        "name", "attributes.name", "attribute.name", "model_id", "model_type", "status", "source_run_id",
        "creation_timestamp", "creation_time", "last_updated_timestamp", "attributes.creation_timestamp_ms",
        "metrics.a", "metrics.`a b`", "metric.a", "params.a", "params.`a b`", "tags.a", "tag.a", "experiment_id", "foo",
    ),
    "registered_models": (
        "name", "attribute.name", "attributes.name", "tags.a", "tag.`a b`", 'tags."a b"', "run_id", "version_number",
        "creation_timestamp", "last_updated_timestamp", "params.a", "tags.mlflow.prompt.is_prompt",
    ),
    "model_versions": (
        "name", "attribute.name", "attributes.name", "tags.a", "tag.`a b`", "run_id", "source_path", "version_number",
        "version", "creation_timestamp", "last_updated_timestamp", "params.a", "tags.mlflow.prompt.is_prompt",
    ),
}  # fmt: skip

_OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "like", "ILIKE", "iLike", "IN", "in", "NOT IN", "not in", "<>", "==", "=>",
    "NOT LIKE", "BETWEEN", "RLIKE", "IS", "~",
)  # fmt: skip

_VALUES = (
    "5", "-5", "0.5", ".5", "5.", "1e-3", "'x'", '"x"', "'5'", "'a%'", "'it''s'", "''", "x", "`x`", "NULL", "NaN",
    "('a')", "('a', 'b')", '("a",)', "('a' 'b')", "()", "(1)", "('1', '2')", "('a', 1)", "", "1_0", "+5", "'é日本'",
)  # fmt: skip

_USUAL = ("'x'", "5", "('a', 'b')")

_CLAUSES = {
    "runs": (
        "metrics.a > 1", "params.b = 'x'", 'tags.c LIKE "%y"', "status != 'FAILED'", "run_id IN ('a', 'b')",
        "tags.d IS NULL", "params.e is not null", "start_time >= 5", "dataset.name = 'd'", "metrics.`f g`<-1.5",
    ),
    "experiments": ("name = 'x'", "tags.a LIKE '%b'", "tags.c IS NULL", "creation_time > 5", "experiment_id IN ('1')"),
    "logged_models": ("name = 'x'", "metrics.a > 1", "params.b != 'y'", "tags.c IN ('z')", "creation_time < 5"),
    "registered_models": ("name ILIKE 'x%'", "tags.a = 'b'", "tag.`c d` != 'e'", "name IN ('f', 'g')"),
    "model_versions": ("name = 'x'", "run_id IN ('a')", "version_number > 5", "tags.a LIKE 'b'", "source_path = 's'"),
}  # fmt: skip

_JOINERS = (" AND ", " and ", "  AnD\n", " ", " OR ", ", ", "; ", " AND AND ", " && ", "\tAND\t", " NOT ")
_FRAMES = ("{}", "  {}  ", "({})", "NOT {}", "{};", "{} AND", "AND {}", "{} -- why", "{} /* why */", "{} {}")

ODD = (
    "", " ", "AND", "=", "'x' = params.p", "1 < metrics.m", "params.p", "params.p =", "params.p IS", "metrics. > 1",
    "params. a = 'x'", "params .a = 'x'", "params.`a`b = 'x'", "params.a = 'x' 'y'", "params.a = 'x' y",
    "params.a='x'AND params.b='y'", "params.a = 'AND' AND params.b = 'x OR y'", "params.a = '-- ; /* */ ( \" `'",
    "params.p!='x'", "params.p LIKE'x'", "metrics.m>1AND metrics.n>2", "metrics.m > 1e999", "metrics.m > 1e+5",
    "start_time > 99999999999999999999", "params.p = \"it's\"", "params.p = 'C:\\'", "params.p = 'a\\nb'",
    "run_id IN ('a\\nb')", "run_id IN (('a'))", "run_id IN ('a','b',)", "run_id IN('a')AND tags.t='x'",
    "run_id NOT  IN  ('a')", "tags.t IS  NOT NULL", "metrics.1 > 1", "metrics.1a > 1", "metrics.v1.2 > 1",
    "params.from = 'x'", "params.values = 'x'", "params.case = 'x'", "metrics.in > 1", "metrics.date > 1",
    "metrics.timestamp > 1", "metrics.order > 1", "params.\"`a`\" = 'x'", "params.`\"a\"` = 'x'",
    "metrics.a.`b c` > 1", "params.a = 'unclosed", 'params.a = "unclosed', "params.`unclosed = 'x'",
    "params.a = 'x'::text", "params.a = N'x'", "metrics.a > metrics.b", "params.a = params.b", "metrics.a$b > 1",
)  # fmt: skip

ODD_OF_MODELS = (
    "metrics.a-b > 1", "metrics.val/loss <= 0.5", "params.a/b-c = 'x'", "tags.x-y = 'y' AND metrics.a-b.c/d != 2",
)  # fmt: skip

_TERMS = (
    "{}", "{} ASC", "{} DESC", "{} asc", "{} desc", "{}  desc", "{} descending", "{} DESC NULLS LAST", "{},", "{};",
)  # fmt: skip

_SORTED = {
    "runs": (
        "metrics.m", "metric.`a b`", "params.p", "tags.mlflow.runName", "attributes.start_time", "start_time",
        "Created",
        "run_name", "end_time", "status", "user_id", "artifact_uri", "run_id", "experiment_id", "lifecycle_stage",
        "dataset.name", "foo", "foo.bar", "`Run name`", "metrics.a-b", "metrics.", "", " ",
    ),
    "experiments": (
        "name", "attribute.name", "attributes.name", "experiment_id", "creation_time", "last_update_time", "tags.a",
        "lifecycle_stage", "metrics.a", "`name`",
    ),
    "registered_models": ("name", "timestamp", "last_updated_timestamp", "creation_timestamp", "tags.a", "version"),
    "model_versions": (
        "name", "version_number", "creation_timestamp", "last_updated_timestamp", "run_id", "tags.a", "attribute.name",
    ),
}  # fmt: skip

_TWICE = {
    "runs": (
        ["metrics.a", "metrics.a DESC"],
        ["start_time", "Created"],
        ["status", "metrics.a DESC", "start_time"],
    ),
    "experiments": (["name DESC", "experiment_id"], ["creation_time", "name"]),
    "registered_models": (["name", "name DESC"], ["timestamp", "name"]),
    "model_versions": (["name", "name"], ["name", "version_number DESC"]),
}


def filters(language: str) -> Iterator[str]:
    """Every field with every operator and value, thinned out by a fixed hand; joined clauses; and oddities."""
    chance = random.Random(language)
    for field, operator in itertools.product(_FIELDS[language], _OPERATORS):
        for value in chance.sample(_VALUES, 2):
            yield f"{field} {operator} {value}".rstrip()
        usual = chance.choice(_USUAL)
        yield f"{field} {operator} {usual}"
    for field, ending in itertools.product(_FIELDS[language], ("IS NULL", "is null", "IS NOT NULL", "ISNULL")):
        yield f"{field} {ending}"
    for joiner in _JOINERS:
        for many in (2, 2, 2, 3, 4):
            yield joiner.join(chance.choices(_CLAUSES[language], k=many))
    for frame, clause in itertools.product(_FRAMES, _CLAUSES[language]):
        yield frame.format(clause, clause)
    if language == "runs":
        yield from ODD
    if language == "logged_models":
        yield from ODD_OF_MODELS


def orders(language: str) -> Iterator[list[str]]:
    for field, form in itertools.product(_SORTED.get(language, ()), _TERMS):
        yield [form.format(field)]
    yield from _TWICE.get(language, ())
