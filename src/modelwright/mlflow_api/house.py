"""What the handlers of the protocol may use of the house; `app.py` fills it in."""

from dataclasses import dataclass

from modelwright.core.db.database import Database


@dataclass(frozen=True, slots=True)
class House:
    db: Database
