"""A version's own rows, as they were logged with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

_EXAMPLE = "input_example.json"


def example(root: str) -> dict[str, list[Any]]:
    """The rows by column; none when the version has none, or in another form."""
    try:
        given = json.loads((Path(root) / _EXAMPLE).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(given, dict) or not isinstance(given.get("columns"), list):
        return {}
    rows = [row for row in given.get("data", []) if isinstance(row, list) and len(row) == len(given["columns"])]
    return {str(name): [row[place] for row in rows] for place, name in enumerate(given["columns"])}


def example_matrix(root: str, names: list[Any]) -> np.ndarray:
    """The rows in which all of these columns are numbers, of shape (rows, columns)."""
    found = example(root)
    names = [str(name) for name in names]
    nothing = np.empty((0, len(names)))
    if not names or not set(names) <= found.keys():
        return nothing
    try:
        rows = np.array([found[name] for name in names], dtype=np.float64).T
    except (TypeError, ValueError):
        return nothing
    return rows[np.isfinite(rows).all(axis=1)]
