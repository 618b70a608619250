"""What stands in the way of a deletion: a live thing of another room that refers to what would go."""

from collections.abc import Sequence
from typing import Protocol

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import Conflict

_SHOWN = 5


class Holder(Protocol):
    """A room above that refers to runs and logged models by their ids."""

    def holding_runs(self, tx: ReadTx, run_ids: list[str]) -> list[str]:
        """What of this room refers to any of the runs, as a person would name it: `models/fraud/versions/3`."""

    def holding_logged_models(self, tx: ReadTx, model_ids: list[str]) -> list[str]:
        """The same of logged models."""


class Deletion:
    """Who is asked before something goes, and whether their word counts."""

    __slots__ = ("_holders", "forced")

    def __init__(self, holders: Sequence[Holder], *, forced: bool = False) -> None:
        self._holders = holders
        self.forced = forced

    def check_runs(self, tx: ReadTx, run_ids: list[str], what: str) -> None:
        """Raises Conflict, naming what holds `what`, unless forced."""
        if run_ids and not self.forced:
            _check([name for each in self._holders for name in each.holding_runs(tx, run_ids)], what)

    def check_logged_models(self, tx: ReadTx, model_ids: list[str], what: str) -> None:
        """As `check_runs`."""
        if model_ids and not self.forced:
            _check([name for each in self._holders for name in each.holding_logged_models(tx, model_ids)], what)


FREE = Deletion(())
"""Nobody is asked."""


def _check(held_by: list[str], what: str) -> None:
    if not held_by:
        return
    shown = ", ".join(held_by[:_SHOWN]) + (f" and {len(held_by) - _SHOWN} more" if len(held_by) > _SHOWN else "")
    raise Conflict(
        f"{what} cannot be deleted: {shown} came from it. Delete that first, or force the deletion (header "
        "X-Modelwright-Force: true, or force=true)",
        held_by=held_by[: _SHOWN * 20],
    )
