"""Rows for a model of named columns, made to tell a wrong copy of it apart, and what it takes in each of them.

Text is drawn from the categories that the model was fitted on, from texts beside them and from nothing at all; numbers
around the values that it has seen, over many magnitudes, missing, infinite and beyond single precision. What the
original refuses is noted by column, so that its copy refuses the same. Where its answer jumps, the two neighbouring
numbers on both sides of the jump are found by halving and become rows as well: a threshold that is rounded shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .inputs import Inputs

Columns = list[np.ndarray]
Ask = Callable[[Columns], list[np.ndarray]]

ROWS = 1500
_PAIRS = 200
_HALVINGS = 64
# By then the answer of whatever has steps is the same on most of the way; that of a line never is.
_SMOOTH_AFTER = 30
_POOL = 200
SEED = 20
LARGE = 1e300
_CENTRES, _SPREADS = ("mean_", "center_", "data_min_", "statistics_"), ("scale_", "data_range_")
_FACTS = ("categories_", "vocabulary_", *_CENTRES, *_SPREADS)
MISSING, UNKNOWN, INFINITE, TOO_LARGE = "missing", "unknown", "infinite", "large"
_STRANGE = ("", " ", "nobody has ever said this", "é\u4e2d", "None", "nan", "0")


class Takes:
    """What the original does with odd values: by column, the kinds that it refuses, and the only values it takes."""

    def __init__(self) -> None:
        self.refused: dict[int, set[str]] = {}
        self.known: dict[int, list[Any]] = {}

    def refuses(self, column: int, what: str) -> bool:
        return what in self.refused.get(column, set())


class Pool:
    """What may stand in a column: `seen` is what it was fitted on, or near that; `odd` is what else may come."""

    def __init__(self, kind: str, seen: list[Any], odd: list[Any], known: list[Any]) -> None:
        self.kind = kind
        self.seen = seen
        self.odd = odd
        self.known = known

    def drawn(self, random: np.random.Generator, count: int) -> np.ndarray:
        odd = random.random(count) < (0.25 if self.odd else 0.0)
        out = np.empty(count, dtype=object)
        for place, is_odd in enumerate(odd):
            source = self.odd if is_odd else self.seen
            out[place] = source[random.integers(len(source))]
        return typed(out, self.kind)


def typed(values: np.ndarray, kind: str) -> np.ndarray:
    """A column as the node sends one of this kind."""
    if kind == "BYTES":
        return values
    if kind == "BOOL":
        return values.astype(bool)
    return values.astype({"FP32": "float32", "FP64": "float64"}.get(kind, kind.lower()))


def table(inputs: Inputs, columns: Columns) -> list[np.ndarray]:
    """Columns as the node groups them."""
    return [np.stack([columns[index] for index in group], axis=1) for group in inputs.groups]


def telling_table(original: Any, inputs: Inputs, example: dict[str, list[Any]], ask: Ask) -> tuple[Columns, Takes]:
    """Rows that the original answers, and what it refuses. Raises ValueError when it answers none, or out of step."""
    random = np.random.default_rng(SEED)
    known = fitted_on(original, inputs.names)
    pools = [_pool(column, known.get(column["name"], []), example, random) for column in inputs.columns]
    base = _answered(pools, ask, random)
    takes = _explored(pools, base, ask)
    for index, pool in enumerate(pools):
        _confine(index, pool, takes)
    rows = [pool.drawn(random, ROWS) for pool in pools]
    edges = _edges(pools, rows, takes, ask, random)
    return [np.concatenate(parts) for parts in zip(rows, edges, strict=True)], takes


def fitted_on(original: Any, names: list[str]) -> dict[str, list[tuple[str, Any]]]:
    """What the fitted steps know of a column, by its name: ("categories", values), ("around", centre, spread)..."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for columns, step in _leaves(original, [str(one) for one in getattr(original, "feature_names_in_", names)]):
        for place, name in enumerate(columns):
            for what in _FACTS:
                value: Any = getattr(step, what, None)
                if not hasattr(value, "__len__") or (what != "vocabulary_" and len(value) != len(columns)):
                    continue
                said = list(value) if what == "vocabulary_" else value[place]
                found.setdefault(name, []).append((what, said))
    return found


def shows_scales(original: Any, inputs: Inputs, example: dict[str, list[Any]]) -> bool:
    """Whether it is known of all numbers where they lie and how far apart: from the fitted steps, or the example."""
    known = fitted_on(original, inputs.names)
    numbers = [one["name"] for one in inputs.columns if one["kind"] not in {"BYTES", "BOOL"}]
    facts = {name: {what for what, _ in known.get(name, [])} for name in numbers}
    return all(
        name in example or "categories_" in facts[name] or (facts[name] & set(_CENTRES) and facts[name] & set(_SPREADS))
        for name in numbers
    )


def _leaves(step: Any, columns: list[str]) -> Iterator[tuple[list[str], Any]]:
    """Fitted steps with the columns that they see, as far as these can be followed by name."""
    if hasattr(step, "transformers_"):
        for _, inner, chosen in step.transformers_:
            yield from _leaves(inner, _chosen(chosen, columns))
    elif hasattr(step, "steps"):
        for _, inner in step.steps:
            yield from _leaves(inner, columns)
    elif not isinstance(step, str):
        yield columns, step


def _chosen(chosen: Any, columns: list[str]) -> list[str]:
    if isinstance(chosen, str):
        return [chosen]
    if isinstance(chosen, (slice, int)) or not all(isinstance(one, str) for one in chosen):
        return [str(one) for one in np.atleast_1d(np.array(columns, dtype=object)[chosen])]
    return [str(one) for one in chosen]


def _pool(
    column: dict[str, Any], known: list[tuple[str, Any]], example: dict[str, list[Any]], random: np.random.Generator
) -> Pool:
    kind = column["kind"]
    given = [one for one in example.get(column["name"], []) if one is not None]
    categories = [one for what, values in known if what == "categories_" for one in values]
    if kind == "BYTES":
        return _texts(known, categories, given, random)
    if kind == "BOOL":
        return Pool(kind, [False, True], [], [bool(one) for one in categories])
    return _numbers(kind, known, categories, given, random)


def _texts(known: list[tuple[str, Any]], categories: list[Any], given: list[Any], random: np.random.Generator) -> Pool:
    texts = [str(one) for one in categories if isinstance(one, str)]
    words = [word for what, values in known if what == "vocabulary_" for word in values]
    if words:
        given = given + [" ".join(random.choice(words, size=random.integers(1, 9))) for _ in range(_POOL)]
    beside = [other for one in texts[:5] for other in (f"{one} ", one.upper(), one.lower(), f"{one}\0", one[:-1])]
    # An example outside the categories tells whether such values are refused, as the strange ones do.
    inside = set(texts)
    seen = texts + [one for one in given if not texts or one in inside] or ["a", "b"]
    odd = [one for one in (*beside, *_STRANGE, *given) if one not in inside]
    return Pool("BYTES", seen, [*odd, *[None] * max(3, len(odd) // 3)], texts)


def _numbers(
    kind: str, known: list[tuple[str, Any]], categories: list[Any], given: list[Any], random: np.random.Generator
) -> Pool:
    facts: dict[str, Any] = {}
    for what, value in known:
        # What a later step has seen was made of the column, and is not the column itself.
        facts.setdefault(what, value)
    listed = [float(one) for one in categories if not isinstance(one, str) and one is not None and one == one]  # noqa: PLR0124 - NaN is not
    numbers = [float(one) for one in given if isinstance(one, (int, float))]
    centre, spread = _place(facts, numbers)
    around = [*random.normal(centre, spread, _POOL), *random.normal(centre, 3 * spread, _POOL), *numbers]
    if numbers:
        # How far apart their like are, a few do not say.
        off = random.normal(size=_POOL) * 10.0 ** random.uniform(-9, 0, size=_POOL)
        around += (random.choice(numbers, size=_POOL) * (1.0 + off)).tolist()
    far = [*(random.normal(size=40) * 10.0 ** random.integers(-3, 7, size=40)), 0.0, -1.0, 1.0]
    beside = [one + step for one in listed[:20] for step in (0.5, -1.0, 1.0)]
    seen = listed or around
    odd = [*far, *beside, *(around if listed else [])]
    if kind.startswith("FP"):
        limit = float(np.finfo(kind.replace("FP", "float")).max)
        odd += [float("nan")] * 12 + [float("inf"), float("-inf"), min(LARGE, limit), -min(LARGE, limit)]
    else:
        bounds = np.iinfo(kind.lower())
        low, high = int(bounds.min), int(bounds.max)
        seen = [min(max(round(one), low), high) for one in seen]
        odd = [min(max(round(one), low), high) for one in odd] + [high // 3, low // 3]
    return Pool(kind, seen, odd, listed)


def _place(facts: dict[str, Any], numbers: list[float]) -> tuple[float, float]:
    """Where a column's values lie, and how far apart."""
    centre = next((float(facts[name]) for name in _CENTRES if name in facts), None)
    if centre is None or not np.isfinite(centre):
        centre = float(np.mean(numbers)) if numbers else 0.0
    known = next((abs(float(facts[name])) for name in _SPREADS if name in facts), 0.0)
    return centre, known or float(np.std(numbers) if numbers else 0.0) or abs(centre) / 2 or 1.0


def _answered(pools: list[Pool], ask: Ask, random: np.random.Generator) -> Columns:
    """One row that the original answers."""
    reason: Exception | None = None
    for _ in range(20):
        row = [typed(np.array([pool.seen[random.integers(len(pool.seen))]], dtype=object), pool.kind) for pool in pools]
        try:
            ask(row)
        except Exception as error:  # noqa: BLE001  # models refuse rows with errors of all kinds
            reason = error
        else:
            return row
    raise ValueError(f"the original answers none of the rows made for it: {reason}"[:300])


def _specials(pool: Pool) -> Iterator[tuple[str, Any]]:
    if pool.kind == "BYTES":
        yield from ((MISSING, None), (UNKNOWN, _STRANGE[2]))
    elif pool.kind.startswith("FP"):
        limit = min(LARGE, float(np.finfo(pool.kind.replace("FP", "float")).max))
        yield from ((MISSING, float("nan")), (INFINITE, float("inf")), (INFINITE, float("-inf")))
        if limit == LARGE:
            yield from ((TOO_LARGE, limit), (TOO_LARGE, -limit))
    if pool.kind != "BYTES" and pool.known:
        yield (UNKNOWN, max(pool.known) + 17)


def _explored(pools: list[Pool], base: Columns, ask: Ask) -> Takes:
    takes = Takes()
    asked: dict[tuple[str, str], list[tuple[int, Any]]] = {}
    for index, pool in enumerate(pools):
        for what, value in _specials(pool):
            asked.setdefault((what, repr(value)), []).append((index, value))
    for (what, _), places in asked.items():
        if _is_answered(ask, pools, base, places):
            continue
        for place in places:
            if not _is_answered(ask, pools, base, [place]):
                takes.refused.setdefault(place[0], set()).add(what)
    return takes


def _is_answered(ask: Ask, pools: list[Pool], base: Columns, places: list[tuple[int, Any]]) -> bool:
    """Whether the base row is answered with each of these values in its place, one row for each."""
    rows = [np.repeat(column, len(places)) for column in base]
    for row, (index, value) in enumerate(places):
        if pools[index].kind == "BOOL":
            return True
        rows[index][row] = value
    try:
        ask(rows)
    except Exception:  # noqa: BLE001  # as above
        return False
    return True


def _confine(index: int, pool: Pool, takes: Takes) -> None:
    """Leave in the pool what the original takes."""
    if takes.refuses(index, UNKNOWN):
        if not pool.known:
            raise ValueError("the original refuses unknown values of a column, and its steps do not say which it knows")
        takes.known[index] = list(dict.fromkeys(pool.known))
        pool.odd = [one for one in pool.odd if one is None or one != one]  # noqa: PLR0124 - NaN is not
    refused = {what: takes.refuses(index, what) for what in (MISSING, INFINITE, TOO_LARGE)}
    pool.odd = [one for one in pool.odd if not refused.get(_what(one), False)]


def _what(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN is not
        return MISSING
    if isinstance(value, float) and np.isinf(value):
        return INFINITE
    return TOO_LARGE if isinstance(value, float) and abs(value) > float(np.finfo("float32").max) else ""


def _edges(pools: list[Pool], rows: Columns, takes: Takes, ask: Ask, random: np.random.Generator) -> Columns:
    """Rows on both sides of jumps: pairs that differ in one number, halved until no number lies between."""
    movable = [i for i, pool in enumerate(pools) if pool.kind not in {"BYTES", "BOOL"} and i not in takes.known]
    if not movable:
        return [column[:0] for column in rows]
    at = random.integers(0, ROWS, size=_PAIRS)
    other = random.integers(0, ROWS, size=_PAIRS)
    moved = np.array(movable)[random.integers(0, len(movable), size=_PAIRS)]
    low, high = np.zeros(_PAIRS, dtype=np.int64), np.zeros(_PAIRS, dtype=np.int64)
    fine = np.zeros(_PAIRS, dtype=bool)
    for index in movable:
        here = moved == index
        pair = rows[index][at[here]], rows[index][other[here]]
        fine[here] = np.isfinite(pair[0]) & np.isfinite(pair[1])
        low[here], high[here] = _ordinal(pair[0]), _ordinal(pair[1])
    base = [column[at] for column in rows]

    def placed(ordinals: np.ndarray) -> Columns:
        out = [column.copy() for column in base]
        for index in movable:
            here = (moved == index) & fine
            out[index][here] = _number(ordinals[here], out[index].dtype)
        return out

    first = ask(placed(low))
    fine &= ~_same(first, ask(placed(high)))
    for step in range(_HALVINGS):
        middle = (low & high) + ((low ^ high) >> 1)
        found = ask(placed(middle))
        stays = _same(first, found)
        if step == _SMOOTH_AFTER and not (stays | _same(found, ask(placed(high))))[fine].any():
            break
        low, high = np.where(stays, middle, low), np.where(stays, high, middle)
    return [np.concatenate(parts) for parts in zip(placed(low), placed(high), strict=True)]


def _same(one: list[np.ndarray], other: list[np.ndarray]) -> np.ndarray:
    """By row, whether all outputs are the very same."""
    alike = np.ones(len(one[0]), dtype=bool)
    for left, right in zip(one, other, strict=True):
        equal = (left == right) | ((left != left) & (right != right))  # noqa: PLR0124 - NaN is NaN here
        alike &= np.asarray(equal).reshape(len(left), -1).all(axis=1)
    return alike


def _ordinal(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the order of these; neighbours differ by one."""
    if values.dtype.kind != "f":
        return values.astype(np.int64)
    bits = values.view(f"i{values.dtype.itemsize}").astype(np.int64)
    return np.where(bits < 0, -(bits & _magnitude(values.dtype)), bits)


def _number(ordinals: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    if dtype.kind != "f":
        return ordinals.astype(dtype)
    whole = np.dtype(f"i{dtype.itemsize}")
    magnitude = np.abs(ordinals).astype(whole)
    values: np.ndarray = magnitude.view(dtype)
    return np.where(ordinals < 0, -values, values)


def _magnitude(dtype: np.dtype[Any]) -> int:
    return (1 << (8 * dtype.itemsize - 1)) - 1
