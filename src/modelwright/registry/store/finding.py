"""SQL that finds versions by digest, and aliases by how they begin, along an index."""

from typing import Final

from sqlalchemy import Text, bindparam, select

from modelwright.core.db.sql import Sql
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

Row = tuple[str, int, str]
"""Model, number, and the digest or alias."""


def versions_with_digest(tx: ReadTx, start: str, *, limit: int) -> list[Row]:
    """`start` is `sha256:` and hexadecimal digits."""
    # "g" follows the digits in every order of texts, so the range does not depend on the database's.
    return tx.all(_BY_DIGEST, low=start, high=start + "g", limit=limit)


def aliases_named(tx: ReadTx, start: str, *, limit: int) -> list[Row]:
    """Those that begin with `start`, as it is written."""
    return tx.all(_BY_ALIAS, limit=limit, **span(start))
