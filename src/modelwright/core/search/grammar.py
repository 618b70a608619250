"""What a search language allows: its prefixes, its names, and the operators and values of each name."""

import enum
from collections.abc import Mapping

import msgspec


class Operator(enum.Enum):
    """A relation between a field and a literal, spelt as the language spells it."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"

    @property
    def takes_list(self) -> bool:
        return self in {Operator.IN, Operator.NOT_IN}

    @property
    def takes_nothing(self) -> bool:
        return self in {Operator.IS_NULL, Operator.IS_NOT_NULL}

    @property
    def takes_pattern(self) -> bool:
        """The literal is a pattern: `%` for any text, `_` for any one character, no escape."""
        return self in {Operator.LIKE, Operator.ILIKE}


class Operators:
    """The families of operators that names are usually given."""

    ORDERED = (
        Operator.EQUAL,
        Operator.UNEQUAL,
        Operator.LESS,
        Operator.AT_MOST,
        Operator.GREATER,
        Operator.AT_LEAST,
    )
    TEXT = (Operator.EQUAL, Operator.UNEQUAL, Operator.LIKE, Operator.ILIKE)
    LIST = (Operator.IN, Operator.NOT_IN)
    PRESENCE = (Operator.IS_NULL, Operator.IS_NOT_NULL)
    IDENTITY = (Operator.EQUAL, Operator.UNEQUAL, *LIST)


class Values(enum.Enum):
    """What kind of literal a name is compared with, and the Python type that comes out of it."""

    TEXT = "a text in quotes"
    REAL = "a number"
    """A finite float."""
    INTEGER = "a whole number"
    """An int of 64 bits. A fraction is allowed, comes out as a float, and equals nothing."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Something a clause can be about: one name, or every free key of a domain (then `name` is empty)."""

    name: str = ""
    values: Values = Values.TEXT
    operators: tuple[Operator, ...] = Operators.TEXT
    """None at all: it can only be ordered by."""
    quoted: bool = False
    """A whole number may also stand in quotes."""
    sortable: bool = True


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """One prefix of the language: a closed set of `names`, or any key at all under the rule `free`."""

    name: str
    spellings: tuple[str, ...]
    names: Mapping[str, Subject] = {}
    """Every accepted spelling of a name; several may lead to one subject."""
    free: Subject | None = None

    def subject(self, key: str) -> Subject | None:
        return self.free or self.names.get(key)


class Grammar(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One search language. Compared and hashed by identity, so that parsed queries can be kept by it."""

    title: str
    """What is searched, in the plural: it appears in errors."""
    domains: tuple[Domain, ...]
    bare: str
    """The domain of a name without a prefix."""
    numbers_as_text: bool = False
    """A number without quotes counts as its own text where a text is due."""

    def domain(self, spelling: str) -> Domain | None:
        return next((one for one in self.domains if spelling in one.spellings), None)

    @property
    def bare_domain(self) -> Domain:
        return next(one for one in self.domains if one.name == self.bare)
