"""What the registry asks of other rooms: the ones below it know runs, the ones above it may forbid or hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from modelwright.core.auth import Actor
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.registry.model.things import Version


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run or a logged model keeps its files, and the run that a logged model came from."""

    location: str
    run_id: str | None = None


class Origins(Protocol):
    """What runs and logged models are, for those that versions come from."""

    def run(self, tx: ReadTx, run_id: str) -> Origin | None: ...

    def logged_model(self, tx: ReadTx, model_id: str) -> Origin | None: ...

    def logged_model_of_run(self, tx: ReadTx, run_id: str, name: str) -> str | None:
        """The id of the newest logged model of this name that came from the run."""

    def registered(self, tx: WriteTx, actor: Actor, model_id: str, model: str, number: int) -> None:
        """Tell a logged model that it is now version `number` of `model`."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """An alias or a stage that is about to point elsewhere.

    `alias` or `stage` is None. `number` is the version that it will point to, None when an alias is taken away;
    `before` are the versions that it points to now.
    """

    model: str
    number: int | None
    before: tuple[int, ...]
    alias: str | None = None
    stage: str | None = None


class MoveCheck(Protocol):
    """A room above that has a say in moves. `name` says what it looks at, for those who are about to move."""

    name: str

    def check(self, tx: ReadTx, actor: Actor, move: Move) -> None:
        """Raises Denied or Conflict to forbid the move; the transaction is then undone."""


class Holder(Protocol):
    """A room above that relies on versions."""

    def holds(self, tx: ReadTx, model: str, number: int) -> list[str]:
        """What of that room is live and relies on the version, as a person would name it: `deployments/scoring`."""


class Follower(Protocol):
    """A room above that does something about every new version."""

    def registered(self, tx: WriteTx, version: Version) -> None:
        """Told in the transaction that registers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Everybody whom the registry asks or tells; `app.py` introduces them."""

    origins: Origins
    checks: Sequence[MoveCheck] = ()
    holders: Sequence[Holder] = ()
    followers: Sequence[Follower] = ()

    def check(self, tx: ReadTx, actor: Actor, move: Move) -> None:
        """Raises what the first one raises who forbids the move."""
        for each in self.checks:
            each.check(tx, actor, move)
