"""Where a version came from, and how things stood at the moment of a prediction: what a reviewer asks first."""

from typing import Any

import msgspec

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import ModelwrightError, NotFound
from modelwright.core.events import Recorded, events_of
from modelwright.core.limits import INT64_MAX
from modelwright.registry.service import versions
from modelwright.serving.model import FileRef, Segment
from modelwright.serving.service.registered import RegisteredVersions
from modelwright.serving.shown import AliasThen, Provenance, TrainedOn, TrainingRun
from modelwright.serving.store import deployments as deployment_store
from modelwright.tracking.service import whole_runs

_LOOKED_AT = 1000
"""Events of one model or deployment that are looked through, newest first."""

_ENVIRONMENT = ("conda.yaml", "python_env.yaml", "requirements.txt", "uv.lock", "requirements.lock")
_COMMIT, _REPOSITORY, _BRANCH, _PROGRAM = (
    f"mlflow.source.{name}" for name in ("git.commit", "git.repoURL", "git.branch", "name")
)


class _Moved(msgspec.Struct):
    alias: str
    before: int | None
    after: int | None


class _Changed(msgspec.Struct):
    after: dict[str, float]
    why: str = ""


def of(tx: ReadTx, segment: Segment, at_ms: int) -> Provenance | None:
    """What is known of the version behind a row of `segment` that was answered at `at_ms`.

    None when the version has been deleted from the registry since; the row itself says what it was.
    """
    try:
        version = versions.get_version(tx, segment.model, segment.version)
    except NotFound:
        return None
    shares, why = _routes_then(tx, segment.deployment, at_ms)
    return Provenance(
        registered_by=version.created_by,
        registered_ms=version.created_ms,
        description=version.description,
        source=version.source,
        # A version of the same number with other bytes cannot be, unless it was deleted and registered anew.
        same_bytes=version.digest == segment.manifest,
        run=None if version.run_id is None else _run(tx, version.run_id),
        environment=_environment(tx, segment),
        aliases=_aliases_then(tx, segment.model, segment.version, at_ms),
        shares=shares,
        shares_why=why,
    )


def _run(tx: ReadTx, run_id: str) -> TrainingRun | None:
    try:
        run = whole_runs.get(tx, run_id)
    except NotFound:
        return None
    tags = dict(run.tags)
    return TrainingRun(
        id=run_id,
        name=run.info.name,
        user=run.info.user_id,
        started_ms=run.info.start_ms,
        program=tags.get(_PROGRAM, ""),
        commit=tags.get(_COMMIT, ""),
        repository=tags.get(_REPOSITORY, ""),
        branch=tags.get(_BRANCH, ""),
        params=dict(run.params),
        metrics={metric.key: metric.value for metric in run.metrics},
        datasets=tuple(TrainedOn(name=one.name, digest=one.digest, source=one.source) for one in run.datasets),
    )


def _environment(tx: ReadTx, segment: Segment) -> tuple[FileRef, ...]:
    """The files that say with which libraries the version runs: the route's, or the registry's when that is gone."""
    held = deployment_store.find(tx, segment.deployment)
    for route in deployment_store.routes_of(tx, held.pk) if held is not None else ():
        if route.manifest == segment.manifest:
            return _of_environment(route.files)
    try:
        found = RegisteredVersions().find(tx, f"{segment.model}:{segment.version}")
    except ModelwrightError:
        return ()
    return _of_environment(found.files) if found.manifest == segment.manifest else ()


def _of_environment(files: tuple[FileRef, ...]) -> tuple[FileRef, ...]:
    return tuple(file for file in files if file.path.rpartition("/")[2] in _ENVIRONMENT)


def _aliases_then(tx: ReadTx, model: str, number: int, at_ms: int) -> tuple[AliasThen, ...]:
    """The aliases that pointed to the version at that moment, with who had moved them there."""
    seen: set[str] = set()
    found = []
    for event in _before(tx, f"models/{model}", "registry.alias.moved", at_ms):
        moved = msgspec.json.decode(event.facts, type=_Moved)
        if moved.alias not in seen and moved.after == number:
            found.append(AliasThen(alias=moved.alias, since_ms=event.at_ms, by=event.actor))
        seen.add(moved.alias)
    return tuple(sorted(found, key=lambda one: one.alias))


def _routes_then(tx: ReadTx, deployment: str, at_ms: int) -> tuple[dict[str, float], str]:
    """Shares of the deployment's routes at that moment, and why they were so; empty when that is not known."""
    for event in _before(tx, f"deployments/{deployment}", "serving.routes.changed", at_ms):
        changed = msgspec.json.decode(event.facts, type=_Changed)
        return changed.after, changed.why
    return {}, ""


def _before(tx: ReadTx, subject: str, name: str, at_ms: int) -> list[Recorded]:
    """Events of a kind up to that moment, newest first."""
    found: list[Any] = events_of(tx, subject, before_id=INT64_MAX, limit=_LOOKED_AT)
    return [event for event in found if event.name == name and event.at_ms <= at_ms]
