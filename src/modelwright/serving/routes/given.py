"""What serving's routes need besides the database; `app.py` fills it in."""

from dataclasses import dataclass, field

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from modelwright.artifacts.blobs import Blobs
from modelwright.serving.service.growth import Growth
from modelwright.serving.service.versions import Versions


@dataclass(frozen=True, slots=True)
class ServingHouse:
    """`versions` says what bytes a version stands for, `blobs` holds them, `ledger` the ledger's segments,
    `growth` what was folded of rollouts.

    The ledger has a store of its own: what the artifacts' sweep does not find named there, it would take away.
    """

    versions: Versions
    blobs: Blobs
    ledger: Blobs
    growth: Growth = field(default_factory=Growth)


Serving = NamedDependency[SkipValidation[ServingHouse]]


def serving_given(house: ServingHouse) -> dict[str, Provide]:
    """The provider of `serving`, for the application."""

    def provide() -> ServingHouse:
        return house

    return {"serving": Provide(provide, sync_to_thread=False)}
