"""A small house to test the registry in: runs with files, models with versions. All of it real."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from modelwright.artifacts import service as artifacts
from modelwright.artifacts.blobs import Placed
from modelwright.core.auth import Actor, local_user
from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.events import events_of
from modelwright.registry.model.things import Model, Version
from modelwright.registry.service import aliases, models, versions
from modelwright.registry.service.neighbours import Neighbours, Origin
from modelwright.registry.service.origins import Tracked
from modelwright.registry.service.sources import NewVersion
from modelwright.tracking.model.runs import NewRun
from modelwright.tracking.service import runs

ANN = local_user("ann")
BOB = local_user("bob")
ELSEWHERE = "s3://bucket/model"
ALL_EVENTS = 1 << 62
FILES = {"model/MLmodel": b"flavors: {}", "model/model.pkl": b"weights"}


class Origins(Tracked):
    """The server's own runs, and logged models that a test makes up."""

    def __init__(self, logged_models: Mapping[str, Origin] | None = None) -> None:
        self.logged_models = dict(logged_models or {})
        self.told: list[tuple[str, str, int]] = []

    def logged_model(self, tx: ReadTx, model_id: str) -> Origin | None:
        return self.logged_models.get(model_id) or super().logged_model(tx, model_id)

    def registered(self, tx: WriteTx, actor: Actor, model_id: str, model: str, number: int) -> None:
        self.told.append((model_id, model, number))


def alone() -> Neighbours:
    """Nobody above forbids or holds anything."""
    return Neighbours(origins=Origins())


def new_model(db: Database, name: str = "fraud", **how: Any) -> Model:
    return db.write_now(lambda tx: models.create_model(tx, ANN, name, **how))


def new_version(
    db: Database,
    name: str = "fraud",
    source: str = ELSEWHERE,
    neighbours: Neighbours | None = None,
    **how: Any,
) -> Version:
    new = NewVersion(source=source, **how)
    return db.write_now(lambda tx: versions.create_version(tx, ANN, name, new, neighbours or alone()))


def get_version(db: Database, number: int = 1, name: str = "fraud") -> Version:
    return db.read_now(lambda tx: versions.get_version(tx, name, number))


def get_model(db: Database, name: str = "fraud") -> Model:
    return db.read_now(lambda tx: models.get_model(tx, name))


def point(db: Database, alias: str, number: int | None, name: str = "fraud", actor: Actor = ANN, **how: Any) -> None:
    how.setdefault("neighbours", alone())
    db.write_now(lambda tx: aliases.move_aliases(tx, actor, name, {alias: number}, **how))


def new_run(db: Database, files: Mapping[str, bytes] | None = None) -> str:
    """The id of a run with files."""
    run_id = db.write_now(lambda tx: runs.create(tx, ANN, runs.checked(NewRun()))).id
    put_files(db, f"runs/{run_id}", FILES if files is None else files)
    return run_id


def put_files(db: Database, owner: str, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        put_file(db, owner, path, data)


def put_file(db: Database, owner: str, path: str, data: bytes) -> None:
    placed = Placed(f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
    db.write_now(lambda tx: artifacts.enter(tx, ANN, owner, path, placed))


def manifest_digest(db: Database, owner: str, root: str = "") -> str:
    return db.read_now(lambda tx: artifacts.manifest(tx, owner, root)).digest


def happened(db: Database, subject: str) -> list[tuple[str, dict[str, Any]]]:
    """Names and facts of the events about something, oldest first."""
    events = db.read_now(lambda tx: events_of(tx, subject, before_id=ALL_EVENTS, limit=1000))
    return [(each.name, facts(each.facts)) for each in reversed(events)]


def facts(raw: msgspec.Raw) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(raw)
    del found["event"]
    return found
