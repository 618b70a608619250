"""SQL of experiments and their tags."""

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import BigInteger, bindparam, delete, func, select, tuple_, update

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.tracking.model.experiments import Experiment
from modelwright.tracking.store.tables import experiment_tags, experiments, runs
from modelwright.tracking.store.upsert import upsert

_NAMES: Final = ("id", "name", "artifact_location", "lifecycle", "created_ms", "updated_ms")
_COLUMNS: Final = tuple(experiments.c[name] for name in _NAMES)
_BY_ID = Sql(select(*_COLUMNS).where(experiments.c.id == bindparam("id")))
_PLACE_OF = Sql(
    select(experiments.c.lifecycle, experiments.c.artifact_location).where(experiments.c.id == bindparam("id"))
)
_BY_NAME = Sql(select(*_COLUMNS).where(experiments.c.name == bindparam("name")))
_BY_IDS = Sql(select(*_COLUMNS).where(in_list(experiments.c.id, "ids")))
_LOCK = Sql(select(*_COLUMNS).where(experiments.c.id == bindparam("id")).with_for_update())
_NAMED_LIKE = (
    experiments.c.lifecycle == bindparam("lifecycle"),
    func.lower(experiments.c.name).contains(bindparam("words"), escape="/"),
)
_LIST = Sql(
    select(experiments.c.id)
    .where(
        *_NAMED_LIKE,
        tuple_(experiments.c.created_ms, experiments.c.id)
        < tuple_(bindparam("before_ms", type_=BigInteger), bindparam("before_id", type_=BigInteger)),
    )
    .order_by(experiments.c.created_ms.desc(), experiments.c.id.desc())
    .limit(bindparam("limit"))
)
_LATEST_START = (
    select(func.max(runs.c.start_ms))
    .where(runs.c.experiment_id == experiments.c.id, runs.c.lifecycle == "active")
    .scalar_subquery()
)
# One seek in the index of runs for each experiment, however many runs there are.
_LATELY_USED = Sql(
    select(experiments.c.id)
    .where(*_NAMED_LIKE)
    .order_by(func.coalesce(_LATEST_START, -1).desc(), experiments.c.created_ms.desc(), experiments.c.id.desc())
    .limit(bindparam("limit"))
)
_COUNT = Sql(select(func.count()).select_from(experiments).where(*_NAMED_LIKE))
_TAGS = Sql(
    select(experiment_tags.c.experiment_id, experiment_tags.c.key, experiment_tags.c.value)
    .where(in_list(experiment_tags.c.experiment_id, "ids"))
    .order_by(experiment_tags.c.experiment_id, experiment_tags.c.key)
)
_INSERT = Sql(
    lambda insert: (
        insert(experiments)
        .values(
            name=bindparam("name"),
            artifact_location=bindparam("artifact_location"),
            lifecycle="active",
            created_ms=bindparam("now_ms"),
            updated_ms=bindparam("now_ms"),
        )
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(experiments.c.id)
    )
)
_PLACE = Sql(
    update(experiments).where(experiments.c.id == bindparam("of")).values(artifact_location=bindparam("location"))
)
_RENAME = Sql(
    update(experiments)
    .where(experiments.c.id == bindparam("of"))
    .values(name=bindparam("to_name"), updated_ms=bindparam("now_ms"))
)
_MOVE = Sql(
    update(experiments)
    .where(experiments.c.id == bindparam("of"))
    .values(lifecycle=bindparam("to"), updated_ms=bindparam("now_ms"))
)
_SET_TAG = Sql(
    lambda insert: upsert(
        insert(experiment_tags).values(
            experiment_id=bindparam("experiment_id"), key=bindparam("key"), value=bindparam("value")
        )
    )
)
_DELETE_TAG = Sql(
    delete(experiment_tags).where(
        experiment_tags.c.experiment_id == bindparam("experiment_id"), experiment_tags.c.key == bindparam("key")
    )
)
_COUNTS = Sql(
    select(runs.c.experiment_id, func.count(), func.max(runs.c.start_ms))
    .where(in_list(runs.c.experiment_id, "ids"), runs.c.lifecycle == "active")
    .group_by(runs.c.experiment_id)
)
_FORGET_TAGS = Sql(delete(experiment_tags).where(experiment_tags.c.experiment_id == bindparam("id")))
_FORGET = Sql(delete(experiments).where(experiments.c.id == bindparam("id")))
_DELETED = Sql(
    select(experiments.c.id).where(
        experiments.c.lifecycle == "deleted", experiments.c.updated_ms <= bindparam("before_ms")
    )
)


def get(tx: ReadTx, experiment_id: int) -> Experiment | None:
    return _with_tags(tx, tx.struct(Experiment, _BY_ID, id=experiment_id))


def get_by_name(tx: ReadTx, name: str) -> Experiment | None:
    return _with_tags(tx, tx.struct(Experiment, _BY_NAME, name=name))


def get_many(tx: ReadTx, ids: list[int]) -> list[Experiment]:
    """Those that there are, in the order of `ids`."""
    found = {each.id: each for each in tx.structs(Experiment, _BY_IDS, ids=ids)}
    tags = tags_of(tx, ids)
    return [msgspec.structs.replace(found[id_], tags=tags.get(id_, {})) for id_ in ids if id_ in found]


def place_of(tx: ReadTx, experiment_id: int) -> tuple[str, str] | None:
    """(lifecycle, artifact location): what every new run asks for."""
    row = tx.one(_PLACE_OF, id=experiment_id)
    return None if row is None else (row[0], row[1])


def lock(tx: WriteTx, experiment_id: int) -> Experiment | None:
    """Without its tags; until the transaction ends, nobody else changes it."""
    return tx.struct(Experiment, _LOCK, id=experiment_id)


def tags_of(tx: ReadTx, ids: list[int]) -> dict[int, dict[str, str]]:
    tags: dict[int, dict[str, str]] = {}
    for experiment_id, key, value in tx.all(_TAGS, ids=ids):
        tags.setdefault(experiment_id, {})[key] = value
    return tags


def add(tx: WriteTx, name: str, location: str, now_ms: int) -> int | None:
    """The new experiment's id; None when the name is taken."""
    row = tx.one(_INSERT, name=name, artifact_location=location, now_ms=now_ms)
    return None if row is None else row[0]


def place(tx: WriteTx, experiment_id: int, location: str) -> None:
    tx.run(_PLACE, of=experiment_id, location=location)


def rename(tx: WriteTx, experiment_id: int, name: str, now_ms: int) -> None:
    """Raises Duplicate when the name is taken."""
    tx.run(_RENAME, of=experiment_id, to_name=name, now_ms=now_ms)


def move(tx: WriteTx, experiment_id: int, lifecycle: str, now_ms: int) -> None:
    tx.run(_MOVE, of=experiment_id, to=lifecycle, now_ms=now_ms)


def set_tags(tx: WriteTx, experiment_id: int, tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        tx.run(_SET_TAG, experiment_id=experiment_id, key=key, value=value)


def delete_tag(tx: WriteTx, experiment_id: int, key: str) -> bool:
    """False when there was no such tag."""
    return tx.run(_DELETE_TAG, experiment_id=experiment_id, key=key) > 0


def named_like(tx: ReadTx, words: str, lifecycle: str, *, before: tuple[int, int], limit: int) -> list[int]:
    """The ids of experiments whose name contains `words`, newest first, after the place (created_ms, id)."""
    before_ms, before_id = before
    rows = tx.all(
        _LIST, words=_literally(words), lifecycle=lifecycle, before_ms=before_ms, before_id=before_id, limit=limit
    )
    return [row[0] for row in rows]


def lately_used(tx: ReadTx, words: str, lifecycle: str, *, limit: int) -> list[int]:
    """The ids of experiments whose name contains `words`: where a run began last first, those without runs last."""
    return [row[0] for row in tx.all(_LATELY_USED, words=_literally(words), lifecycle=lifecycle, limit=limit)]


def count_named_like(tx: ReadTx, words: str, lifecycle: str) -> int:
    number: int = tx.value(_COUNT, words=_literally(words), lifecycle=lifecycle)
    return number


def run_counts(tx: ReadTx, ids: list[int]) -> dict[int, tuple[int, int]]:
    """The number of active runs of each experiment that has any, and when the latest of them started (ms)."""
    return {row[0]: (row[1], row[2]) for row in tx.all(_COUNTS, ids=ids)}


def deleted_before(tx: ReadTx, before_ms: int) -> list[int]:
    """The ids of experiments that were deleted at or before a time."""
    return [row[0] for row in tx.all(_DELETED, before_ms=before_ms)]


def forget(tx: WriteTx, experiment_id: int) -> None:
    """Remove it for good; nothing may be left in it."""
    tx.run(_FORGET_TAGS, id=experiment_id)
    tx.run(_FORGET, id=experiment_id)


def _with_tags(tx: ReadTx, experiment: Experiment | None) -> Experiment | None:
    if experiment is None:
        return None
    return msgspec.structs.replace(experiment, tags=tags_of(tx, [experiment.id]).get(experiment.id, {}))


def _literally(words: str) -> str:
    """`words` for a LIKE in lower case in which `%`, `_` and the escape itself mean themselves."""
    return words.lower().replace("/", "//").replace("%", "/%").replace("_", "/_")
