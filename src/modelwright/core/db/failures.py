"""What a database can fail with, in our own words."""

from modelwright.core.errors import BadInput, Conflict, Internal


class Duplicate(Conflict):
    """A unique key was already there. A store catches this and says which name is taken."""

    code = "duplicate"


class TooBig(BadInput):
    """A whole number beyond 64 bits, which no column holds. None of ours is: somebody asked for it."""

    def __init__(self) -> None:
        super().__init__("a number in the request is beyond 64 bits; nothing here has such a number")


class Unkeepable(BadInput):
    """A text with U+0000, which PostgreSQL does not keep and nothing of ours has."""

    def __init__(self) -> None:
        super().__init__("a text in the request contains the character U+0000, which no text here may have")


class DatabaseFailure(Internal):
    """The database refused a statement for a reason that is ours. The driver's words go to the log only."""

    code = "database_failure"


class Retriable(DatabaseFailure):
    """A deadlock or a serialisation failure: the same transaction may succeed when it is run again."""
