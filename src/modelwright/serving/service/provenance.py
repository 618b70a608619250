"""Where a version came from, and how things stood at the moment of a prediction: what a reviewer asks first."""

import math
from typing import Any

import msgspec

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import ModelwrightError, NotFound
from modelwright.core.events import Recorded, events_of
from modelwright.core.limits import INT64_MAX
from modelwright.registry.service import versions
from modelwright.serving.model import FileRef, Segment
from modelwright.serving.origin import AliasThen, Code, CodeChange, Provenance, TrainedOn, TrainingRun
from modelwright.serving.service import code, deployments, evaluations
from modelwright.serving.service.registered import RegisteredVersions
from modelwright.serving.store import deployments as deployment_store
from modelwright.tracking.model.runs import Run
from modelwright.tracking.service import whole_runs

_LOOKED_AT = 1000
"""Events of one model or deployment that are looked through, newest first."""

_ENVIRONMENT = ("conda.yaml", "python_env.yaml", "requirements.txt", "uv.lock", "requirements.lock")


class _Moved(msgspec.Struct):
    alias: str
    before: int | None
    after: int | None


class _Changed(msgspec.Struct):
    before: dict[str, float]
    after: dict[str, float]
    why: str = ""

    def brought(self, route: str) -> bool:
        """Whether the route had no traffic before, and has some after."""
        return not self.before.get(route) and bool(self.after.get(route))


def of(tx: ReadTx, segment: Segment, at_ms: int) -> Provenance | None:
    """What is known of the version behind a row of `segment` that was answered at `at_ms`.

    None when the version has been deleted from the registry since; the row itself says what it was.
    """
    try:
        version = versions.get_version(tx, segment.model, segment.version)
    except NotFound:
        return None
    routes, aliases = _routes_then(tx, segment.deployment, at_ms), _aliases_then(tx, segment, at_ms)
    run = None if version.run_id is None else _run(tx, version.run_id)
    made_by = code.of(tx, version)
    return Provenance(
        registered_by=version.created_by,
        registered_ms=version.created_ms,
        description=version.description,
        source=version.source,
        # A version of the same number with other bytes cannot be, unless it was deleted and registered anew.
        same_bytes=version.digest == segment.manifest,
        run=None if run is None else _shown(run),
        environment=_environment(tx, segment),
        aliases=tuple(then for then, _ in aliases),
        shares=routes[0].after if routes else {},
        shares_why=routes[0].why if routes else "",
        code=made_by,
        changes=tuple(_changes(tx, segment, made_by, routes, aliases)),
        evaluations=evaluations.of(tx, version, run, segment),
    )


def _run(tx: ReadTx, run_id: str) -> Run | None:
    try:
        return whole_runs.get(tx, run_id)
    except NotFound:
        return None


def _shown(run: Run) -> TrainingRun:
    return TrainingRun(
        id=run.info.id,
        name=run.info.name,
        user=run.info.user_id,
        started_ms=run.info.start_ms,
        params=dict(run.params),
        metrics={metric.key: None if math.isnan(metric.value) else metric.value for metric in run.metrics},
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


def _aliases_then(tx: ReadTx, segment: Segment, at_ms: int) -> list[tuple[AliasThen, int | None]]:
    """The aliases that pointed to the version at that moment, with who had moved them there, and from which version."""
    seen: set[str] = set()
    found = []
    for event in _before(tx, f"models/{segment.model}", "registry.alias.moved", at_ms):
        moved = msgspec.json.decode(event.facts, type=_Moved)
        if moved.alias not in seen and moved.after == segment.version:
            found.append((AliasThen(alias=moved.alias, since_ms=event.at_ms, by=event.actor), moved.before))
        seen.add(moved.alias)
    return sorted(found, key=lambda one: one[0].alias)


def _routes_then(tx: ReadTx, deployment: str, at_ms: int) -> list[_Changed]:
    """How the deployment's traffic was divided up to that moment, newest first; empty when it never was anew."""
    found = _before(tx, f"deployments/{deployment}", "serving.routes.changed", at_ms)
    return [msgspec.json.decode(event.facts, type=_Changed) for event in found]


def _changes(
    tx: ReadTx,
    segment: Segment,
    made_by: Code,
    routes: list[_Changed],
    aliases: list[tuple[AliasThen, int | None]],
) -> list[CodeChange]:
    """Against what had the traffic before the version got its first, and what the aliases pointed to before."""
    found = []
    number = _served_before(segment, routes)
    if number is not None:
        found.append(code.change(tx, made_by, f"deployment {segment.deployment}", segment.model, number))
    for then, before in aliases:
        if before is not None and before != segment.version:
            found.append(code.change(tx, made_by, f"alias {then.alias}", segment.model, before))
    return found


def _served_before(segment: Segment, routes: list[_Changed]) -> int | None:
    """The version of the same model that had the most traffic before the route got its first."""
    brought = next((one for one in routes if one.brought(segment.route)), None)
    had = {} if brought is None else {route: share for route, share in brought.before.items() if share > 0}
    if not had:
        return None
    return deployments.number_in(max(had, key=lambda one: had[one]), segment.model)


def _before(tx: ReadTx, subject: str, name: str, at_ms: int) -> list[Recorded]:
    """Events of a kind up to that moment, newest first."""
    found: list[Any] = events_of(tx, subject, before_id=INT64_MAX, limit=_LOOKED_AT)
    return [event for event in found if event.name == name and event.at_ms <= at_ms]
