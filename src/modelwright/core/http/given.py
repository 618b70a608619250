"""What a route may ask for in its signature, besides its own parameters.

>>> async def show(db: Db, actor: By, run_id: str) -> Run: ...   # doctest: +SKIP
"""

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from litestar.types import Scope

from modelwright.core.auth import Actor
from modelwright.core.db.database import Database

# Litestar would validate a dependency as if it were data; these are objects of ours.
Db = NamedDependency[SkipValidation[Database]]
By = NamedDependency[SkipValidation[Actor]]


def given(db: Database) -> dict[str, Provide]:
    """The providers of `db` and `actor`, for the application."""

    def provide_db() -> Database:
        return db

    def provide_actor(scope: Scope) -> Actor:
        actor: Actor = scope["actor"]  # type: ignore[typeddict-item]  # put there by the edge
        return actor

    return {
        "db": Provide(provide_db, sync_to_thread=False),
        "actor": Provide(provide_actor, sync_to_thread=False),
    }
