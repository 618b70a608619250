"""What deleting over HTTP has in common: a permission of its own, holds of the rooms above, and force."""

from collections.abc import Sequence
from typing import Annotated

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation

from modelwright.core.auth import Actor, Permission
from modelwright.core.errors import Denied
from modelwright.tracking.service.holds import Deletion, Holder

Force = Annotated[bool, QueryParameter(description="Delete it even though something live refers to it.")]


class HolderList:
    """The rooms that are asked before something goes."""

    def __init__(self, holders: Sequence[Holder]) -> None:
        self._holders = holders

    def for_actor(self, actor: Actor, stage: str | None, *, force: bool) -> Deletion:
        """For a request that moves something to `stage`. Raises Denied when the actor may not do that."""
        if stage is not None and Permission.DELETE not in actor.permissions:
            raise Denied(f"{actor.name} lacks the permission 'delete'", permission=Permission.DELETE.value)
        return Deletion(self._holders, forced=force)


Deletions = NamedDependency[SkipValidation[HolderList]]


def deletions_given(holders: Sequence[Holder]) -> dict[str, Provide]:
    """The provider of `deletions`, for the application."""
    found = HolderList(holders)

    def provide() -> HolderList:
        return found

    return {"deletions": Provide(provide, sync_to_thread=False)}
