"""A model of named columns as ONNX, kept only when it answers like the original; see `convert`."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort

from .exact import flattened
from .example import example
from .inputs import Inputs
from .outputs import Outputs, array_of
from .proof import REACHES, difference, far_rows, told_apart
from .table_graph import CUT, SINGLE, STANDS_FOR_MISSING, convert, show_features, ways
from .table_rows import TOO_LARGE, Columns, Takes, shows_scales, table, telling_table, typed

# Larger than any count, amount or time that a column holds.
_LEAST_REACH = 1e20
_BOUNDS = {
    kind: (-float(np.finfo(name).max), float(np.finfo(name).max)) for kind, name in (("FP32", "f4"), ("FP64", "f8"))
}
_SERVABLE = frozenset({"BYTES", "BOOL", "FP32", "FP64", "INT32", "INT64"})


def proven(model: Any) -> tuple[bytes, dict[str, Any], dict[str, np.ndarray]]:
    """As `convert.proven`; the evidence says besides how the graph is fed and what the original refuses."""
    inputs: Inputs = model.inputs
    original = getattr(model.original, "best_estimator_", model.original)
    kinds = _kinds(inputs)

    def ask(columns: Columns) -> list[np.ndarray]:
        found: Outputs = model.predict(table(inputs, columns), more=True, params=None)
        if not found.arrays or found.frame:
            raise ValueError("the original does not answer by row")
        return found.arrays

    own = example(model.root)
    columns, takes = telling_table(original, inputs, own, ask)
    shown = shows_scales(original, inputs, own)
    theirs = model.predict(table(inputs, columns), more=True, params=None)
    faults = []
    for way in ways(original):
        if way == SINGLE and not shown:
            faults.append(f"{way}: nothing shows on what scale its numbers lie, which an input example would")
            continue
        try:
            graph, fed = convert(original, kinds, way)
            trees = _trees(original, graph) if way == CUT else {}
            content = bytes(graph.SerializeToString())
            evidence = _evidence(model, content, columns, theirs, fed, ties=bool(trees))
            evidence["reach"] = _reach(model, content, columns, takes, fed, ties=bool(trees))
        except Exception as error:  # noqa: BLE001  # converters raise what they like; another precision may do
            faults.append(f"{way}: {type(error).__name__}: {error}"[:300])
            continue
        return content, {**evidence, **_refusals(takes, inputs), "precision": way}, trees
    raise ValueError("; ".join(faults))


def _kinds(inputs: Inputs) -> dict[str, str]:
    for column in inputs.columns:
        if column["kind"] not in _SERVABLE or column["logical"] in {"binary", "datetime"}:
            what = column["logical"] or column["kind"]
            raise ValueError(f"column {column['name']!r} holds {what}, which conversions do not take")
    return {column["name"]: column["kind"] for column in inputs.columns}


def _trees(original: Any, graph: Any) -> dict[str, np.ndarray]:
    """The trees of a forest at the end, for near ties, with the rows that they see as an output of the graph."""
    forest = original.steps[-1][1]
    trees = flattened(forest)
    if trees is None:
        return {}
    show_features(graph, int(forest.n_features_in_))
    return trees


def _evidence(
    model: Any, content: bytes, columns: Columns, theirs: Outputs, fed: list[str], *, ties: bool
) -> dict[str, Any]:
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = model.inputs.names
    feeds = {one.name: _fed(columns[names.index(fed[i])], one.type) for i, one in enumerate(session.get_inputs())}
    ours = session.run(None, feeds)
    places = model.graph_outputs(len(theirs.names))
    apart = told_apart(theirs.arrays[-1]) if ties else np.ones(len(columns[0]), dtype=bool)
    outputs, worst = [], 0.0
    for name, expected, place in zip(theirs.names, theirs.arrays, places, strict=True):
        actual = array_of(ours[place])
        if actual.ndim == expected.ndim + 1 and actual.shape[-1] == 1:
            actual = actual[:, 0]
        worst = max(worst, difference(name, expected[apart], actual[apart]))
        outputs.append([name, expected.dtype.str, list(expected.shape[1:])])
    return {
        "rows": len(columns[0]),
        "largest_difference": worst,
        "outputs": outputs,
        "ties": int(len(apart) - apart.sum()),
        "classes": np.asarray(model.original.classes_).tolist() if ties else [],
        "converter": "sklearn",
        "columns": [names.index(one) for one in fed],
        "graph": places,
        "missing": STANDS_FOR_MISSING,
    }


def _fed(values: np.ndarray, kind: str) -> np.ndarray:
    if kind == "tensor(string)":
        said = [STANDS_FOR_MISSING if one is None else one for one in values.tolist()]
        return np.array(said, dtype=object).reshape(-1, 1)
    return values.astype(np.float32 if kind == "tensor(float)" else np.float64).reshape(-1, 1)


def _reach(model: Any, content: bytes, columns: Columns, takes: Takes, fed: list[str], *, ties: bool) -> float:
    """How far from zero the copy answers alike. Raises ValueError when that is not beyond all that numbers count."""
    inputs: Inputs = model.inputs
    floats = [index for index, one in enumerate(inputs.columns) if one["kind"].startswith("FP")]
    reason = ""
    for reach in REACHES:
        if reach < _LEAST_REACH:
            break
        far = far_rows(len(columns), reach)[: len(columns[0])]
        rows = [column[: len(far)] for column in columns]
        for index in floats:
            if index not in takes.known:
                kind = inputs.columns[index]["kind"]
                rows[index] = typed(np.clip(far[:, index], *_BOUNDS[kind]), kind)
        try:
            with np.errstate(all="ignore"):
                theirs = model.predict(table(inputs, rows), more=True, params=None)
                _evidence(model, content, rows, theirs, fed, ties=ties)
        except Exception as error:  # noqa: BLE001  # the original may refuse what is so far out
            reason = str(error)
        else:
            return reach
    raise ValueError(f"far out, {reason}"[:300])


def _refusals(takes: Takes, inputs: Inputs) -> dict[str, Any]:
    for index, column in enumerate(inputs.columns):
        if column["kind"].startswith("FP"):
            takes.refused.setdefault(index, set()).add(TOO_LARGE)
    return {
        "refused": [[column, sorted(what)] for column, what in sorted(takes.refused.items())],
        "known": [[column, values] for column, values in sorted(takes.known.items())],
    }
