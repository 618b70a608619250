"""Experiments."""

from typing import Final

import msgspec

from modelwright.core.errors import BadInput, Conflict

ACTIVE: Final = "active"
DELETED: Final = "deleted"
DEFAULT: Final = 0
"""Where runs without an experiment go."""


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """A group of runs. `lifecycle` is active or deleted; times in ms since 1970."""

    id: int
    name: str
    artifact_location: str
    lifecycle: str
    created_ms: int
    updated_ms: int
    tags: dict[str, str] = {}

    def check_active(self) -> None:
        """Raises BadInput."""
        check_active(self.id, self.lifecycle)

    def check_renamable(self) -> None:
        """Raises Conflict when deleted."""
        if self.lifecycle != ACTIVE:
            raise Conflict("Cannot rename a non-active experiment.", experiment_id=self.id)


def check_active(experiment_id: int, lifecycle: str) -> None:
    """Raises BadInput: a deleted experiment takes nothing new until it is restored."""
    if lifecycle != ACTIVE:
        raise BadInput(
            f"The experiment {experiment_id} must be in the 'active' state. Current state is {lifecycle}.",
            experiment_id=experiment_id,
        )
