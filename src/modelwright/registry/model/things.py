"""Models, their versions and their aliases. Times in ms since 1970."""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from modelwright.core.errors import BadInput


class Stage(enum.StrEnum):
    """MLflow's four fixed places of a version; aliases say more."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"

    @classmethod
    def named(cls, text: str) -> "Stage":
        """The stage that `text` names in any case. Raises BadInput."""
        stage = _STAGES.get(text.lower())
        if stage is None:
            raise BadInput(
                f"Invalid Model Version stage: {text}. Value must be one of {', '.join(Stage)}.", parameter="stage"
            )
        return stage


_STAGES: Final = {stage.lower(): stage for stage in Stage}
IN_USE: Final = (Stage.STAGING, Stage.PRODUCTION)
"""The stages in which one version may take the place of the others."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable packaged model.

    `source` is where the client said its files are, `location` where they are to be had. `digest` is that of the
    manifest of its files, `size` their bytes, and `owner` and `root` say whose files they are, when they are in our
    store; None otherwise.
    """

    model: str
    number: int
    stage: Stage
    source: str
    location: str
    created_by: str
    created_ms: int
    updated_ms: int
    description: str = ""
    run_id: str | None = None
    run_link: str | None = None
    logged_model_id: str | None = None
    digest: str | None = None
    owner: str | None = None
    root: str | None = None
    size: int | None = None
    tags: Mapping[str, str] = {}
    aliases: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """What the rest of the house calls it."""
        return version_reference(self.model, self.number)


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A name with versions. `newest` has the newest version of each stage that has one, by number."""

    name: str
    created_ms: int
    updated_ms: int
    description: str = ""
    version_count: int = 0
    latest_version: int | None = None
    tags: Mapping[str, str] = {}
    aliases: Mapping[str, int] = {}
    newest: tuple[Version, ...] = ()


class AliasMove(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody once moved an alias: `before` is None when it was new, `after` when it was taken away."""

    alias: str
    before: int | None
    after: int | None
    at_ms: int
    actor: str
    comment: str


class LatestMove(msgspec.Struct, frozen=True, kw_only=True):
    """A move as `AliasMove`, of any model."""

    model: str
    alias: str
    before: int | None
    after: int | None
    at_ms: int
    actor: str


class CheckOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one check says of a move that somebody thinks of; `reason` is empty when it is `ok`."""

    name: str
    ok: bool
    reason: str = ""


class AliasPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a move would change, and what speaks against it. `current` and `target` are numbers of versions."""

    alias: str
    current: int | None
    target: int
    checks: list[CheckOutcome]
    consequences: list[str]


def model_reference(name: str) -> str:
    return f"models/{name}"


def version_reference(name: str, number: int) -> str:
    return f"models/{name}/versions/{number}"
