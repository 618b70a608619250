"""SQL that finds versions by digest, and aliases by how they begin, along an index."""

from typing import Final

from sqlalchemy import Text, bindparam, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.core.finding import span
from modelwright.registry.store.tables import aliases, models, versions

_LOW, _HIGH = bindparam("low", type_=Text()), bindparam("high", type_=Text())
_BY_DIGEST: Final = Sql(
    select(models.c.name, versions.c.number, versions.c.digest)
    .join_from(versions, models, models.c.pk == versions.c.model_pk)
    .where(versions.c.digest >= _LOW, versions.c.digest < _HIGH)
    .order_by(versions.c.digest)
    .limit(bindparam("limit"))
)
_BY_ALIAS: Final = Sql(
    select(models.c.name, aliases.c.number, aliases.c.alias)
    .join_from(aliases, models, models.c.pk == aliases.c.model_pk)
    .where(aliases.c.alias >= _LOW, aliases.c.alias < _HIGH)
    .order_by(aliases.c.alias, aliases.c.model_pk)
    .limit(bindparam("limit"))
)

_MODELS: Final = Sql(select(models.c.name).where(in_list(models.c.name, "names")))
_VERSIONS: Final = Sql(
    select(models.c.name, versions.c.number)
    .join_from(versions, models, models.c.pk == versions.c.model_pk)
    .where(in_list(models.c.name, "names"), in_list(versions.c.number, "numbers"))
)
_ALIASES: Final = Sql(
    select(models.c.name, aliases.c.alias)
    .join_from(aliases, models, models.c.pk == aliases.c.model_pk)
    .where(in_list(models.c.name, "names"), in_list(aliases.c.alias, "aliases"))
)

Row = tuple[str, int, str]
"""Model, number, and the digest or alias."""


def versions_with_digest(tx: ReadTx, start: str, *, limit: int) -> list[Row]:
    """`start` is `sha256:` and hexadecimal digits."""
    # "g" follows the digits in every order of texts, so the range does not depend on the database's.
    return tx.all(_BY_DIGEST, low=start, high=start + "g", limit=limit)


def aliases_named(tx: ReadTx, start: str, *, limit: int) -> list[Row]:
    """Those that begin with `start`, as it is written."""
    return tx.all(_BY_ALIAS, limit=limit, **span(start))


def models_of(tx: ReadTx, names: list[str]) -> set[str]:
    """Those names that are a model's."""
    return {name for (name,) in tx.all(_MODELS, names=names)}


def versions_of(tx: ReadTx, wanted: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those pairs of a model and a number that are a version's."""
    names, numbers = {name for name, _ in wanted}, {number for _, number in wanted}
    return wanted & set(tx.all(_VERSIONS, names=list(names), numbers=list(numbers)))


def aliases_of(tx: ReadTx, wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those pairs of a model and a name that are an alias."""
    names, found = {name for name, _ in wanted}, {alias for _, alias in wanted}
    return wanted & set(tx.all(_ALIASES, names=list(names), aliases=list(found)))
