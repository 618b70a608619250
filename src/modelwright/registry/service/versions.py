"""Versions: what is packaged under a model."""

from typing import Final

import msgspec

from modelwright.artifacts import service as artifacts
from modelwright.artifacts.model import Listed, Manifest
from modelwright.collaboration import service as collaboration
from modelwright.core import limits
from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput
from modelwright.core.events import record
from modelwright.lineage import service as lineage
from modelwright.lineage.model import Relation
from modelwright.registry.events import (
    VersionCreated,
    VersionDeleted,
    VersionDescribed,
    VersionStaged,
    VersionTagged,
)
from modelwright.registry.model.names import check_description, check_model_name, check_tag
from modelwright.registry.model.sources import owner_of_logged_model, owner_of_run
from modelwright.registry.model.things import IN_USE, Stage, Version, version_reference
from modelwright.registry.search import is_prompt
from modelwright.registry.service.aliases import move_alias
from modelwright.registry.service.holding import held, let_go, refusal
from modelwright.registry.service.neighbours import Move, Neighbours
from modelwright.registry.service.sources import NewVersion, Resolved, resolve
from modelwright.registry.store import models as model_store
from modelwright.registry.store import versions as store
from modelwright.tracking.model.rules import check_key, check_text

_MLMODEL: Final = "MLmodel"
"""What stands at the root of a model that MLflow packed."""


def create_version(tx: WriteTx, actor: Actor, name: str, new: NewVersion, neighbours: Neighbours) -> Version:
    """Register what `new.source` names as the next version of the model.

    When the files are in our store they are held from now on, and the version has their digest. Numbers are given
    out without gap or repeat, however many ask at once: whoever asks holds the model until the end.

    Raises NotFound for the model, and BadInput as `resolve` does.
    """
    check_model_name(name)
    check_description(new.description)
    for key, value in new.tags.items():
        check_tag(key, value)
    check_text(new.run_link or "", limits.ARTIFACT_LOCATION, "run_link")
    check_text(new.run_id or "", limits.ARTIFACT_LOCATION, "run_id")
    now = now_ms()
    model_pk, number = model_store.next_number(tx, name, now)
    resolved = resolve(tx, new, neighbours)
    reference = version_reference(name, number)
    files = _held_files(tx, actor, resolved, reference)
    version = Version(
        model=name,
        number=number,
        stage=Stage.NONE,
        source=resolved.source,
        location=resolved.location,
        created_by=actor.name,
        created_ms=now,
        updated_ms=now,
        description=new.description,
        run_id=resolved.run_id,
        run_link=new.run_link,
        logged_model_id=resolved.logged_model_id,
        digest=files.digest if files else None,
        owner=resolved.owner if files else None,
        root=resolved.root if files else None,
        size=files.size if files else None,
        tags=new.tags,
    )
    pk = store.add_version(tx, model_pk, version)
    store.put_version_tags(tx, pk, new.tags)
    _link(tx, version, resolved)
    if version.logged_model_id and not is_prompt(new.tags):
        neighbours.origins.registered(tx, actor, version.logged_model_id, name, number)
    created = VersionCreated(
        model=name,
        number=number,
        source=version.source,
        run_id=version.run_id,
        logged_model_id=version.logged_model_id,
        digest=version.digest,
        size=version.size,
    )
    record(tx, actor, created)
    for each in neighbours.followers:
        each.registered(tx, version)
    return version


def get_version(tx: ReadTx, name: str, number: int) -> Version:
    """Raises NotFound."""
    check_model_name(name)
    (version,) = store.as_versions(tx, [store.get_version(tx, name, number)])
    return version


def list_files(tx: ReadTx, name: str, number: int, folder: str = "") -> list[Listed]:
    """What a folder of the version shows, by name; nothing when its files are not in our store. Raises NotFound."""
    version = get_version(tx, name, number)
    if version.owner is None:
        return []
    root = version.root or ""
    found = artifacts.listed(tx, version.owner, f"{root}/{folder}" if root and folder else root or folder)
    skipped = len(root) + 1 if root else 0
    return [msgspec.structs.replace(each, path=each.path[skipped:]) for each in found]


def describe_version(tx: WriteTx, actor: Actor, name: str, number: int, description: str) -> Version:
    """Raises NotFound."""
    check_description(description)
    row = _locked(tx, name, number)
    store.describe_version(tx, row.pk, description, now_ms())
    before = row.description or ""
    if before != description:
        record(tx, actor, VersionDescribed(model=name, number=number, before=before, after=description))
    return get_version(tx, name, number)


def tag_version(tx: WriteTx, actor: Actor, name: str, number: int, key: str, value: str) -> None:
    """Raises NotFound, and BadInput for a tag that cannot be."""
    check_tag(key, value)
    row = _locked(tx, name, number)
    before = store.version_tag(tx, row.pk, key)
    if before != value:
        store.put_version_tags(tx, row.pk, {key: value})
        record(tx, actor, VersionTagged(model=name, number=number, key=key, before=before, after=value))


def untag_version(tx: WriteTx, actor: Actor, name: str, number: int, key: str) -> None:
    """Harmless when there is no such tag. Raises NotFound when there is no such version."""
    check_key(key, "key")
    row = _locked(tx, name, number)
    before = store.version_tag(tx, row.pk, key)
    if before is not None:
        store.drop_version_tag(tx, row.pk, key)
        record(tx, actor, VersionTagged(model=name, number=number, key=key, before=before, after=None))


def move_to_stage(
    tx: WriteTx,
    actor: Actor,
    name: str,
    number: int,
    stage: Stage,
    neighbours: Neighbours,
    *,
    archive_others: bool = False,
) -> Version:
    """Put the version into the stage; with `archive_others` the versions there go to the archive.

    Raises NotFound, BadInput for `archive_others` with a stage that is not Staging or Production, and whatever a
    room above raises to forbid the move.
    """
    if archive_others and stage not in IN_USE:
        raise BadInput(
            "Model version transition cannot archive existing model versions because "
            f"'{stage}' is not an Active stage. Valid stages are {', '.join(IN_USE)}",
            parameter="archive_existing_versions",
        )
    row = _locked(tx, name, number)
    there = [each for each in store.versions_in_stage(tx, row.model_pk, stage) if each.number != number]
    if row.stage != stage:
        before = tuple(each.number for each in there)
        neighbours.check(tx, actor, Move(model=name, number=number, before=before, stage=stage.value))
    now = now_ms()
    for each in there if archive_others else ():
        _put_into_stage(tx, actor, each, Stage.ARCHIVED, now)
    _put_into_stage(tx, actor, row, stage, now)
    model_store.touch_model(tx, row.model_pk, now)
    return get_version(tx, name, number)


def delete_version(
    tx: WriteTx, actor: Actor, name: str, number: int, neighbours: Neighbours, *, force: bool = False
) -> None:
    """Delete the version; its number is never given out again while the model lives.

    Raises NotFound, and Conflict while something live relies on it (see `held`), unless `force`: then its aliases
    go with it, as far as no room above forbids that.
    """
    row = _locked(tx, name, number)
    (version,) = store.as_versions(tx, [row])
    held_by = held(tx, version, neighbours)
    if held_by and not force:
        raise refusal(f"Version {number} of {name}", held_by)
    model = model_store.get_model(tx, name)
    for alias in version.aliases:
        neighbours.check(tx, actor, Move(model=name, number=None, before=(number,), alias=alias))
        move_alias(tx, actor, model, alias, number, None, comment="the version was deleted")
    let_go(tx, actor, version)
    store.drop_version(tx, row.pk)
    collaboration.gone(tx, actor, version.reference)
    model_store.touch_model(tx, row.model_pk, now_ms())
    deleted = VersionDeleted(model=name, number=number, digest=version.digest, held_by=tuple(held_by))
    record(tx, actor, deleted)


def _locked(tx: WriteTx, name: str, number: int) -> store.VersionRow:
    """The version, in a model that nobody else changes until the transaction ends. Raises NotFound."""
    check_model_name(name)
    model_store.lock_model(tx, name)
    return store.get_version(tx, name, number)


def _put_into_stage(tx: WriteTx, actor: Actor, row: store.VersionRow, stage: Stage, now: int) -> None:
    store.stage_version(tx, row.pk, stage, now)
    if row.stage != stage:
        record(tx, actor, VersionStaged(model=row.model, number=row.number, before=row.stage, after=stage.value))


def _held_files(tx: WriteTx, actor: Actor, resolved: Resolved, reference: str) -> Manifest | None:
    """The version's files, which nobody may change from now on; None when they are not with us.

    All artifacts of a run together are a version's files only if they are a model. Else a run that is still going on
    could log no more of them.
    """
    if resolved.owner is None:
        return None
    files = artifacts.files(tx, resolved.owner, resolved.root)
    whole_run = resolved.root == "" and resolved.owner == owner_of_run(resolved.run_id or "")
    if not files or (whole_run and _MLMODEL not in {file.path for file in files}):
        return None
    return artifacts.hold(tx, actor, resolved.owner, resolved.root, reference)


def _link(tx: WriteTx, version: Version, resolved: Resolved) -> None:
    if version.run_id:
        lineage.link(tx, version.reference, Relation.TRAINED_BY, owner_of_run(version.run_id))
    if version.logged_model_id:
        lineage.link(tx, version.reference, Relation.PACKS, owner_of_logged_model(version.logged_model_id))
    if resolved.copied is not None:
        lineage.link(tx, version.reference, Relation.COPY_OF, resolved.copied.reference)
