"""Models: a name with versions."""

from collections.abc import Iterable, Mapping, Sequence

from modelwright.artifacts import service as artifacts
from modelwright.collaboration import service as collaboration
from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import AlreadyExists
from modelwright.core.events import record
from modelwright.lineage import service as lineage
from modelwright.registry.events import ModelCreated, ModelDeleted, ModelDescribed, ModelRenamed, ModelTagged
from modelwright.registry.model.names import check_description, check_model_name, check_tag
from modelwright.registry.model.things import Model, Stage, Version, model_reference, version_reference
from modelwright.registry.search import is_prompt
from modelwright.registry.service.holding import held, let_go, refusal
from modelwright.registry.service.neighbours import Move, Neighbours
from modelwright.registry.store import models as store
from modelwright.registry.store import versions as version_store
from modelwright.registry.store.aliases import aliases_of_models
from modelwright.tracking.model.rules import check_key


def create_model(
    tx: WriteTx, actor: Actor, name: str, *, description: str = "", tags: Mapping[str, str] | None = None
) -> Model:
    """Raises AlreadyExists, and BadInput for a name or a tag that cannot be."""
    check_model_name(name)
    check_description(description)
    tags = tags or {}
    for key, value in tags.items():
        check_tag(key, value)
    there = store.find_model(tx, name)
    if there is not None:
        raise _taken(name, wanted=tags, there=store.tags_of_models(tx, [there.pk]).get(there.pk, {}))
    now = now_ms()
    pk = store.add_model(tx, name, description, now)
    store.put_model_tags(tx, pk, tags)
    record(tx, actor, ModelCreated(model=name))
    return Model(name=name, description=description, created_ms=now, updated_ms=now, tags=tags)


def get_model(tx: ReadTx, name: str) -> Model:
    """Raises NotFound."""
    check_model_name(name)
    (model,) = as_models(tx, [store.get_model(tx, name)])
    return model


def describe_model(tx: WriteTx, actor: Actor, name: str, description: str) -> Model:
    """Raises NotFound."""
    check_model_name(name)
    check_description(description)
    row = store.lock_model(tx, name)
    store.describe_model(tx, row.pk, description, now_ms())
    before = row.description or ""
    if before != description:
        record(tx, actor, ModelDescribed(model=name, before=before, after=description))
    return get_model(tx, name)


def rename_model(tx: WriteTx, actor: Actor, name: str, new_name: str) -> Model:
    """Give the model, with everything that hangs on it, another name; its own changes nothing.

    Raises NotFound and AlreadyExists.
    """
    check_model_name(name)
    check_model_name(new_name, "new_name")
    row = store.lock_model(tx, name)
    if new_name == name:
        return get_model(tx, name)
    now = now_ms()
    store.rename_model(tx, row.pk, new_name, now)
    version_store.touch_versions(tx, row.pk, now)
    lineage.renamed(tx, model_reference(name), model_reference(new_name))
    collaboration.renamed(tx, model_reference(name), model_reference(new_name))
    for version in version_store.versions_of(tx, row.pk):
        if version.owner is not None:
            artifacts.release(tx, actor, version_reference(name, version.number))
            new_holder = version_reference(new_name, version.number)
            artifacts.hold(tx, actor, version.owner, version.root or "", new_holder)
    record(tx, actor, ModelRenamed(before=name, after=new_name))
    return get_model(tx, new_name)


def delete_model(tx: WriteTx, actor: Actor, name: str, neighbours: Neighbours, *, force: bool = False) -> None:
    """Delete the model with its versions and what is said about them; its name is free again.

    Raises NotFound, and Conflict while something live relies on any of its versions, unless `force`. Copies
    inside the model go with it.
    """
    check_model_name(name)
    row = store.lock_model(tx, name)
    versions = version_store.as_versions(tx, version_store.versions_of(tx, row.pk))
    siblings = {version.reference for version in versions}
    held_by = [each for version in versions for each in held(tx, version, neighbours) if each not in siblings]
    if held_by and not force:
        raise refusal(f"The model {name}", held_by)
    for version in versions:
        for alias in version.aliases:
            neighbours.check(tx, actor, Move(model=name, number=None, before=(version.number,), alias=alias))
        let_go(tx, actor, version)
    store.drop_model(tx, row.pk)
    collaboration.gone(tx, actor, model_reference(name))
    record(tx, actor, ModelDeleted(model=name, versions=len(versions), held_by=tuple(held_by)))


def tag_model(tx: WriteTx, actor: Actor, name: str, key: str, value: str) -> None:
    """Raises NotFound, and BadInput for a tag that cannot be."""
    check_model_name(name)
    check_tag(key, value)
    row = store.lock_model(tx, name)
    before = store.model_tag(tx, row.pk, key)
    if before != value:
        store.put_model_tags(tx, row.pk, {key: value})
        record(tx, actor, ModelTagged(model=name, key=key, before=before, after=value))


def untag_model(tx: WriteTx, actor: Actor, name: str, key: str) -> None:
    """Harmless when there is no such tag. Raises NotFound when there is no such model."""
    check_model_name(name)
    check_key(key, "key")
    row = store.lock_model(tx, name)
    before = store.model_tag(tx, row.pk, key)
    if before is not None:
        store.drop_model_tag(tx, row.pk, key)
        record(tx, actor, ModelTagged(model=name, key=key, before=before, after=None))


def newest_versions(tx: ReadTx, name: str, stages: Sequence[str] = ()) -> list[Version]:
    """The newest version of each of these stages (of every stage, when none is named) that has one.

    Raises NotFound, and BadInput for a stage that is none.
    """
    check_model_name(name)
    wanted = {Stage.named(stage) for stage in stages} or set(Stage)
    row = store.get_model(tx, name)
    newest = version_store.newest_in_stages(tx, [row.pk]).get(row.pk, [])
    return [version for version in newest if version.stage in wanted]


def _taken(name: str, *, wanted: Mapping[str, str], there: Mapping[str, str]) -> AlreadyExists:
    """MLflow keeps prompts among the models: who asks for the one may never have heard of the other."""
    new, old = ("prompt" if is_prompt(tags) else "registered model" for tags in (wanted, there))
    if new == old:
        return AlreadyExists(f"{old.title()} (name={name}) already exists.", model=name)
    return AlreadyExists(
        f"Tried to create a {new} with name '{name}', but the name is already taken by a {old}.", model=name
    )


def as_models(tx: ReadTx, rows: Iterable[store.ModelRow]) -> list[Model]:
    """The rows as models, with their tags, aliases and newest versions."""
    rows = list(rows)
    pks = [row.pk for row in rows]
    tags, aliases = store.tags_of_models(tx, pks), aliases_of_models(tx, pks)
    newest, counts = version_store.newest_in_stages(tx, pks), version_store.counts(tx, pks)
    return [
        Model(
            name=row.name,
            description=row.description or "",
            version_count=counts.get(row.pk, (0, None))[0],
            latest_version=counts.get(row.pk, (0, None))[1],
            created_ms=row.created_ms,
            updated_ms=row.updated_ms,
            tags=tags.get(row.pk, {}),
            aliases=aliases.get(row.pk, {}),
            newest=tuple(newest.get(row.pk, ())),
        )
        for row in rows
    ]
