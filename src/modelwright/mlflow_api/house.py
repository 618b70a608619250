"""What the handlers of the protocol may use of the house; `app.py` fills it in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from modelwright.artifacts.transfers import Transfers
from modelwright.core.db.database import Database
from modelwright.mlflow_api.run_cache import RunCache
from modelwright.registry.service.neighbours import Neighbours
from modelwright.registry.service.origins import Registered, Tracked
from modelwright.tracking.service.holds import Holder


@dataclass(frozen=True, slots=True)
class House:
    db: Database
    files: Transfers
    url_prefix: str = ""
    holders: Sequence[Holder] = (Registered(),)  # whom to ask before a run or a logged model goes
    neighbours: Neighbours = field(default_factory=lambda: Neighbours(origins=Tracked()))  # whom the registry asks
    runs: RunCache = field(default_factory=RunCache)
