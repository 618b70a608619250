"""From what a client says of a version's files to where they are, and whether it may say so."""

from collections.abc import Mapping

import msgspec

from modelwright.artifacts import service as artifacts
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput
from modelwright.registry.model.sources import (
    PROMPT_SOURCES,
    LoggedModelFiles,
    RunFiles,
    StoredFiles,
    VersionFiles,
    owner_of_logged_model,
    owner_of_run,
    parse_source,
    refused,
)
from modelwright.registry.model.things import Version
from modelwright.registry.search import is_prompt
from modelwright.registry.service.aliases import version_by_alias
from modelwright.registry.service.models import get_model, newest_versions
from modelwright.registry.service.neighbours import Neighbours, Origin
from modelwright.registry.store import versions as version_store
from modelwright.tracking.model.locations import OWN_ROOT


class NewVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version as a client wants it. `run_id` and `logged_model_id` are None when they were not given."""

    source: str
    run_id: str | None = None
    logged_model_id: str | None = None
    run_link: str | None = None
    description: str = ""
    tags: Mapping[str, str] = {}


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """Where a version comes from. `owner` and `root` say whose files they are, when they may be in our store."""

    source: str
    location: str
    run_id: str | None = None
    logged_model_id: str | None = None
    owner: str | None = None
    root: str = ""
    copied: Version | None = None


def resolve(tx: ReadTx, new: NewVersion, neighbours: Neighbours) -> Resolved:
    """Raises BadInput for a source that is not to be had, or is not of the run or logged model that is named."""
    if is_prompt(new.tags):
        if new.source not in PROMPT_SOURCES:
            raise BadInput(
                f"Invalid prompt source: '{new.source}'. Prompt sources must use an MLflow placeholder.",
                parameter="source",
            )
        return Resolved(source=new.source, location=new.source, run_id=new.run_id)
    asked = parse_source(new.source)
    if isinstance(asked, VersionFiles):
        return _of_version(tx, new, asked)
    if new.logged_model_id:
        return _of_logged_model(tx, new, asked, new.logged_model_id, neighbours)
    return _of_run(tx, new, asked, neighbours)


def _of_version(tx: ReadTx, new: NewVersion, asked: VersionFiles) -> Resolved:
    if is_prompt(get_model(tx, asked.name).tags):
        raise refused(new.source, "it is a prompt, which has no files")
    version = _found(tx, new.source, asked)
    contradicted = (new.run_id is not None and new.run_id != (version.run_id or "")) or (
        new.logged_model_id is not None and new.logged_model_id != (version.logged_model_id or "")
    )
    if contradicted:
        raise refused(new.source, "run_id and model_id must be those of the version, or be left out")
    return Resolved(
        source=f"models:/{version.model}/{version.number}",
        location=version.location,
        run_id=version.run_id,
        logged_model_id=version.logged_model_id,
        owner=version.owner,
        root=version.root or "",
        copied=version,
    )


def _found(tx: ReadTx, source: str, asked: VersionFiles) -> Version:
    if asked.number is not None:
        (version,) = version_store.as_versions(tx, [version_store.get_version(tx, asked.name, asked.number)])
        return version
    if asked.alias is not None:
        return version_by_alias(tx, asked.name, asked.alias)
    newest = newest_versions(tx, asked.name, [asked.stage or ""])
    if not newest:
        raise refused(source, f"no version of {asked.name} is in the stage {asked.stage}")
    return newest[0]


def _of_logged_model(tx: ReadTx, new: NewVersion, asked: object, model_id: str, neighbours: Neighbours) -> Resolved:
    origin = neighbours.origins.logged_model(tx, model_id)
    if origin is None:
        raise _not_contained(new.source, "model_id")
    resolved = Resolved(
        source=new.source,
        location=new.source,
        run_id=new.run_id or origin.run_id,
        logged_model_id=model_id,
    )
    match asked:
        case LoggedModelFiles(model_id=same) if same == model_id:
            location = msgspec.structs.replace(resolved, location=origin.location)
            return _stored(location, origin, owner_of_logged_model(model_id), "")
        case StoredFiles(model_id=same, path=path) if same == model_id and _inside(new.source, origin):
            return _stored(resolved, origin, owner_of_logged_model(model_id), path)
        case LoggedModelFiles() | StoredFiles() | RunFiles():
            raise _not_contained(new.source, "model_id")
    return resolved


def _of_run(tx: ReadTx, new: NewVersion, asked: object, neighbours: Neighbours) -> Resolved:
    resolved = Resolved(source=new.source, location=new.source, run_id=new.run_id or None)
    match asked:
        case LoggedModelFiles():
            raise _not_contained(new.source, "model_id")
        case RunFiles(run_id=run_id, path=path) | StoredFiles(run_id=run_id, path=path):
            if run_id is None or run_id != new.run_id:
                raise _not_contained(new.source, "run_id")
            origin = neighbours.origins.run(tx, run_id)
            if origin is None:
                return _of_run_elsewhere(resolved, asked)
            if isinstance(asked, StoredFiles) and not _inside(new.source, origin):
                raise _not_contained(new.source, "run_id")
            if isinstance(asked, RunFiles) and not artifacts.files(tx, owner_of_run(asked.run_id), asked.path):
                return _by_name(tx, resolved, asked, neighbours) or resolved
            return _stored(resolved, origin, owner_of_run(run_id), path)
    return resolved


def _of_run_elsewhere(resolved: Resolved, asked: RunFiles | StoredFiles) -> Resolved:
    """A registry may serve runs of another tracking server: such a source is the client's word, and has no files here.

    Raises BadInput for a place in our own store, which is somebody's or nobody's.
    """
    if isinstance(asked, StoredFiles):
        raise refused(resolved.source, f"there is no run {asked.run_id}")
    return resolved


def _by_name(tx: ReadTx, resolved: Resolved, asked: RunFiles, neighbours: Neighbours) -> Resolved | None:
    """`runs:/<run>/<name>` where the run has no such artifact: clients then mean the logged model of that name."""
    model_id = neighbours.origins.logged_model_of_run(tx, asked.run_id, asked.path)
    origin = neighbours.origins.logged_model(tx, model_id) if model_id else None
    if model_id is None or origin is None:
        return None
    named = msgspec.structs.replace(resolved, logged_model_id=model_id)
    return _stored(named, origin, owner_of_logged_model(model_id), "")


def _stored(resolved: Resolved, origin: Origin, owner: str, path: str) -> Resolved:
    """With the owner, if the origin keeps its files with us."""
    if not origin.location.startswith(OWN_ROOT):
        return resolved
    return msgspec.structs.replace(resolved, owner=owner, root=path)


def _inside(source: str, origin: Origin) -> bool:
    root = origin.location.rstrip("/")
    return source.rstrip("/") == root or source.startswith(root + "/")


def _not_contained(source: str, parameter: str) -> BadInput:
    return BadInput(
        f"Invalid model version source: '{source}'. The {parameter} request parameter must identify the resource that "
        "contains the source.",
        parameter=parameter,
    )
