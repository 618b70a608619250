"""The SQL of the two searches. A query's shape gives a statement, which is kept; its values travel as parameters."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, Text, bindparam, exists, func, select

from modelwright.core.db import keyset
from modelwright.core.db.clauses import ByCodePoint, Holds, argument, compare, fold
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Operator, Term
from modelwright.registry.search import PROMPT_TAG
from modelwright.registry.store.models import MODEL_COLUMNS, ModelRow
from modelwright.registry.store.tables import model_tags, models, version_tags, versions
from modelwright.registry.store.versions import VERSION_COLUMNS, VersionRow


class _Searched(NamedTuple):
    """What is searched. `order` is the rule among equals, and ends in what is unique."""

    base: Select[Any]
    columns: dict[str, ColumnElement[Any]]
    tags: Table
    tagged: ColumnElement[bool]
    order: tuple[tuple[str, bool], ...]
    no_prompt: ColumnElement[bool]


_theirs = versions.alias("theirs")
_PROMPTS: Final = select(_theirs.c.model_pk).where(
    _theirs.c.pk == version_tags.c.version_pk,
    version_tags.c.key == bindparam("prompt_tag"),
    func.lower(version_tags.c.value) == "true",
)
MODELS: Final = _Searched(
    base=select(*MODEL_COLUMNS),
    columns={
        "name": models.c.name,
        "last_updated_timestamp": models.c.updated_ms,
        "creation_timestamp": models.c.created_ms,
    },
    tags=model_tags,
    tagged=model_tags.c.model_pk == models.c.pk,
    order=(("name", False),),
    no_prompt=~exists().where(
        model_tags.c.model_pk == models.c.pk,
        model_tags.c.key == bindparam("prompt_tag"),
        func.lower(model_tags.c.value) == "true",
    ),
)
VERSIONS: Final = _Searched(
    base=select(*VERSION_COLUMNS).where(models.c.pk == versions.c.model_pk),
    columns={
        "name": models.c.name,
        "run_id": versions.c.run_id,
        "source_path": versions.c.source,
        "version_number": versions.c.number,
        "last_updated_timestamp": versions.c.updated_ms,
        "creation_timestamp": versions.c.created_ms,
    },
    tags=version_tags,
    tagged=version_tags.c.version_pk == versions.c.pk,
    order=(("name", False), ("version_number", True)),
    no_prompt=versions.c.model_pk.not_in(_PROMPTS),
)
_FIRST_UPDATED: Final = (("last_updated_timestamp", True),)


class Page(NamedTuple):
    """Rows, and where to go on when there are more: what the order is by, of the last row."""

    rows: list[Any]
    more: list[Any] | None


def search_models(
    tx: ReadTx,
    clauses: Sequence[Clause],
    terms: Sequence[Term],
    *,
    words: Sequence[str] = (),
    prompts: bool,
    after: list[Any] | None,
    limit: int,
) -> Page:
    """Their names hold each of the `words`. `prompts` says whether MLflow's prompts are among them. Rows are
    ModelRows.
    """
    order = _order(MODELS, terms, ())
    page = _search(tx, MODELS, clauses, order, words=words, prompts=prompts, after=after, limit=limit)
    return Page([ModelRow(*row[: len(ModelRow._fields)]) for row in page.rows], page.more)


def search_versions(
    tx: ReadTx, clauses: Sequence[Clause], terms: Sequence[Term], *, prompts: bool, after: list[Any] | None, limit: int
) -> Page:
    """As `search_models`; rows are VersionRows."""
    order = _order(VERSIONS, terms, _FIRST_UPDATED)
    page = _search(tx, VERSIONS, clauses, order, prompts=prompts, after=after, limit=limit)
    return Page([VersionRow(*row[: len(VersionRow._fields)]) for row in page.rows], page.more)


def model_levels(terms: Sequence[Term]) -> list[type]:
    """The types of the values in a position among models ordered by `terms`."""
    return [key.kind for key in _keys(MODELS, _order(MODELS, terms, ()))]


def version_levels(terms: Sequence[Term]) -> list[type]:
    """As `model_levels`."""
    return [key.kind for key in _keys(VERSIONS, _order(VERSIONS, terms, _FIRST_UPDATED))]


def _order(
    searched: _Searched, terms: Sequence[Term], rule: Sequence[tuple[str, bool]]
) -> tuple[tuple[str, bool], ...]:
    """Names with whether they descend: what was asked for, or else the rule, and then what makes it unique."""
    asked = [(term.field.key, term.descending) for term in terms] or list(rule)
    named = {name for name, _ in asked}
    return (*asked, *(each for each in searched.order if each[0] not in named))


def _search(
    tx: ReadTx,
    searched: _Searched,
    clauses: Sequence[Clause],
    order: tuple[tuple[str, bool], ...],
    *,
    words: Sequence[str] = (),
    prompts: bool,
    after: list[Any] | None,
    limit: int,
) -> Page:
    shape = tuple((each.field.domain == "tag", each.field.key, each.operator) for each in clauses)
    shape = tuple((is_tag, "" if is_tag else key, operator) for is_tag, key, operator in shape)
    which = "models" if searched is MODELS else "versions"
    sql = _statement(which, shape, len(words), order, prompts, after is not None)
    values: dict[str, Any] = {"limit": limit + 1, "prompt_tag": PROMPT_TAG}
    for index, each in enumerate(clauses):
        values[f"key{index}"] = each.field.key
        values[f"value{index}"] = argument(each, tx.database)
    values |= {f"word{index}": fold(word) for index, word in enumerate(words)}
    if after is not None:
        values |= keyset.after_params(after)
    rows = tx.all(sql, **values)
    more = list(rows[limit - 1][-len(order) :]) if len(rows) > limit else None
    return Page(rows[:limit], more)


@lru_cache(maxsize=256)
def _statement(
    which: str,
    shape: tuple[tuple[bool, str, Operator], ...],
    words: int,
    order: tuple[tuple[str, bool], ...],
    prompts: bool,  # noqa: FBT001 - part of the key of the cache
    goes_on: bool,  # noqa: FBT001 - as above
) -> Sql:
    searched = MODELS if which == "models" else VERSIONS
    query = searched.base.where(*_conditions(searched, shape))
    query = query.where(*(Holds(searched.columns["name"], f"word{index}") for index in range(words)))
    if not prompts:
        query = query.where(searched.no_prompt)
    keys = _keys(searched, order)
    if goes_on:
        query = query.where(keyset.after(keys))
    query = query.add_columns(*(key.column.label(f"order{index}") for index, key in enumerate(keys)))
    return Sql(query.order_by(*keyset.order_by(keys)).limit(bindparam("limit")))


def _keys(searched: _Searched, order: tuple[tuple[str, bool], ...]) -> list[keyset.Key]:
    keys = []
    for name, down in order:
        column = searched.columns[name]
        is_text = isinstance(column.type, Text)
        keys.append(keyset.Key(ByCodePoint(column) if is_text else column, str if is_text else int, down))
    return keys


def _conditions(searched: _Searched, shape: Iterable[tuple[bool, str, Operator]]) -> Iterable[ColumnElement[bool]]:
    for index, (is_tag, name, operator) in enumerate(shape):
        if is_tag:
            value = compare(searched.tags.c.value, operator, f"value{index}")
            yield exists().where(searched.tagged, searched.tags.c.key == bindparam(f"key{index}"), value)
            continue
        yield compare(searched.columns[name], operator, f"value{index}")
