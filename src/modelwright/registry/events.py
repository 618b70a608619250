"""What happens to models, versions and aliases, as facts."""

from typing import ClassVar

from modelwright.core.events import Event


class ModelCreated(Event, frozen=True, tag="registry.model.created"):
    SUBJECT: ClassVar[str] = "models/{model}"
    model: str


class ModelRenamed(Event, frozen=True, tag="registry.model.renamed"):
    """From now on the model and everything below it go by the name `after`."""

    SUBJECT: ClassVar[str] = "models/{after}"
    before: str
    after: str


class ModelDescribed(Event, frozen=True, tag="registry.model.described"):
    SUBJECT: ClassVar[str] = "models/{model}"
    model: str
    before: str
    after: str


class ModelTagged(Event, frozen=True, tag="registry.model.tagged"):
    """`before` is None for a new tag, `after` for one that was taken away."""

    SUBJECT: ClassVar[str] = "models/{model}"
    model: str
    key: str
    before: str | None
    after: str | None


class ModelDeleted(Event, frozen=True, tag="registry.model.deleted"):
    """The model and its `versions` are gone; `held_by` is what was passed over by force."""

    SUBJECT: ClassVar[str] = "models/{model}"
    model: str
    versions: int
    held_by: tuple[str, ...]


class VersionCreated(Event, frozen=True, tag="registry.version.created"):
    """`digest` is that of the manifest of its files, None when they are not in our store; `size` is their bytes."""

    SUBJECT: ClassVar[str] = "models/{model}/versions/{number}"
    model: str
    number: int
    source: str
    run_id: str | None
    logged_model_id: str | None
    digest: str | None
    size: int | None


class VersionDescribed(Event, frozen=True, tag="registry.version.described"):
    SUBJECT: ClassVar[str] = "models/{model}/versions/{number}"
    model: str
    number: int
    before: str
    after: str


class VersionTagged(Event, frozen=True, tag="registry.version.tagged"):
    """`before` is None for a new tag, `after` for one that was taken away."""

    SUBJECT: ClassVar[str] = "models/{model}/versions/{number}"
    model: str
    number: int
    key: str
    before: str | None
    after: str | None


class VersionStaged(Event, frozen=True, tag="registry.version.staged"):
    SUBJECT: ClassVar[str] = "models/{model}/versions/{number}"
    model: str
    number: int
    before: str
    after: str


class VersionDeleted(Event, frozen=True, tag="registry.version.deleted"):
    """`digest` says which files it was; `held_by` is what was passed over by force."""

    SUBJECT: ClassVar[str] = "models/{model}/versions/{number}"
    model: str
    number: int
    digest: str | None
    held_by: tuple[str, ...]


class AliasMoved(Event, frozen=True, tag="registry.alias.moved"):
    """`before` and `after` are numbers of versions; None when the alias was not there, or is not any more."""

    SUBJECT: ClassVar[str] = "models/{model}"
    model: str
    alias: str
    before: int | None
    after: int | None
    comment: str
