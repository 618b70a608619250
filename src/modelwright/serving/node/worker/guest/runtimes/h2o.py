"""H2O's MOJO files, scored by H2O's own Java library in a Java machine that lives inside this process.

The `h2o` package brings the library and JPype the bridge to it: nothing is asked over a network, and of the package's
own Python, which speaks TCP to a server, nothing is imported.
"""

from __future__ import annotations

import importlib.util
import math
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jpype
import numpy as np

from ..inputs import Inputs
from ..outputs import Outputs

_JAR = Path("backend/bin/h2o.jar")
# For one small model: little memory, no files in /tmp, no door for other processes to come in by.
_QUIET = (
    "-XX:+UseSerialGC",
    "-XX:ReservedCodeCacheSize=64m",
    "-XX:-UsePerfData",
    "-XX:+DisableAttachMechanism",
    "-Xrs",
)
# What a missing text becomes on its way from pandas to H2O, with pandas 2 and with pandas 3.
_MISSING = ("", "nan")
# Kinds of models whose answer is one number for each of its classes, or one number.
_CLASSES = frozenset({"Binomial", "Multinomial", "Ordinal"})
_NUMBER = frozenset({"Regression", "Clustering"})


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> MojoModel:
    del options  # nothing to choose
    _start_java()
    try:
        model = jpype.JClass("hex.genmodel.MojoModel").load(str(Path(root) / flavor["mojo"]))
        found = MojoModel(model, inputs)
        # Parts of a MOJO are only looked at when they are asked; every column has a zero, be it a number or a level.
        model.score0(jpype.JDouble[model.nfeatures()], jpype.JDouble[model.getPredsSize()])
    except jpype.JException as error:
        raise ValueError(f"H2O cannot read the MOJO: {error}") from error
    return found


def _start_java() -> None:
    package = importlib.util.find_spec("h2o")
    places = list(package.submodule_search_locations or []) if package is not None else []
    if not places:
        raise ModuleNotFoundError("No module named 'h2o'")
    heap, _ = resource.getrlimit(resource.RLIMIT_DATA)
    # Half of what the process may have: the rest is for Java's own needs, and for Python.
    most = () if heap == resource.RLIM_INFINITY else (f"-Xmx{max(heap // 2, 1 << 25) >> 20}m",)
    room = f"-Djava.io.tmpdir={tempfile.gettempdir()}"
    try:
        jpype.startJVM(*_QUIET, *most, room, classpath=[str(Path(places[0]) / _JAR)], convertStrings=True)
    except jpype.JVMNotFoundException as error:
        raise RuntimeError(
            "this version needs a Java runtime on the node, and there is none: "
            "apt install default-jre-headless, or set JAVA_HOME"
        ) from error


class MojoModel:
    """Answers like H2O's own `predict`: a table with `predict` and, of a classifier, each class's probability.

    An unknown category and a missing number are what they are to H2O: missing. So is a missing text, unless the model
    was trained on such: from pandas' tables H2O reads them as a category of its own, which is then meant here too.
    """

    engine = "native"
    mixes = True

    def __init__(self, model: Any, inputs: Inputs) -> None:
        self.original = model
        names = [str(one) for one in model.getNames()][: model.nfeatures()]
        kind = str(model.getModelCategory().name())
        if kind not in _CLASSES | _NUMBER or model.getOffsetName() is not None:
            what = f"a model of the kind {kind}" if model.getOffsetName() is None else "a model with an offset column"
            raise ValueError(f"{what} is not scored from its MOJO; classification, regression and clusters are")
        self._columns = _places(inputs, names)
        self._readers = [_reader(model.getDomainValues(place)) for place in range(len(names))]
        self._classes = _texts(model.getDomainValues(model.getResponseIdx())) if kind in _CLASSES else []
        self._row = jpype.JDouble[len(names)]
        self._found = jpype.JDouble[model.getPredsSize()]
        self._names = ["predict", *(_column_name(one) for one in self._classes)]
        self._labels = _labels(self._classes)
        first = self._labels.dtype.str if self._classes else "<f8"
        outputs = [["predict", first, []], *([name, "<f8", []] for name in self._names[1:])]
        self.described = {"outputs": outputs, "width": len(names), "feature_names": names}

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del more, params  # a MOJO has one answer and takes no params
        rows = np.column_stack(
            [read(table[group][:, place]) for (group, place), read in zip(self._columns, self._readers, strict=True)]
        )
        found = np.empty((len(rows), 1 + len(self._classes)))
        try:
            for place, row in enumerate(rows):
                self._row[:] = row
                self.original.score0(self._row, self._found)
                found[place] = self._found[: found.shape[1]]
        except jpype.JException as error:
            refuses = isinstance(error, jpype.JClass("java.lang.IllegalArgumentException"))
            kind = ValueError if refuses else RuntimeError
            raise kind(f"H2O has no answer for the row: {error}") from error
        first = self._labels[found[:, 0].astype(np.int64)] if self._classes else found[:, 0]
        return Outputs(self._names, [first, *found.T[1:]], frame=True)


def _places(inputs: Inputs, names: list[str]) -> list[tuple[int, int]]:
    """In which array of a table, and in which column of it, each of the model's columns lies."""
    if inputs.tensors:
        return [(0, place) for place in range(len(names))]
    lacking = sorted(set(names) - set(inputs.names))
    if lacking:
        raise ValueError(f"the version's signature lacks the model's columns {lacking}")
    times = [one["name"] for one in inputs.columns if one["logical"] == "datetime" and one["name"] in names]
    if times:
        raise ValueError(f"the columns {times} are times, which H2O counts in milliseconds; give them as numbers")
    where = {
        inputs.names[index]: (group, place)
        for group, indexes in enumerate(inputs.groups)
        for place, index in enumerate(indexes)
    }
    return [where[name] for name in names]


def _reader(domain: Any) -> Callable[[np.ndarray], np.ndarray]:
    """From a column's values to the numbers that the model counts with."""
    if domain is None:
        return _numbers
    codes: dict[str | None, float] = {level: float(place) for place, level in enumerate(_texts(domain))}
    codes[None] = next((codes[one] for one in _MISSING if one in codes), math.nan)
    return lambda values: np.array([codes.get(_level(one), math.nan) for one in values.tolist()], dtype=np.float64)


def _numbers(values: np.ndarray) -> np.ndarray:
    if values.dtype != object:
        return values.astype(np.float64, copy=False)
    return np.array([math.nan if one is None else float(one) for one in values.tolist()], dtype=np.float64)


def _level(value: Any) -> str | None:
    """A value as H2O writes it when it takes it for a category; numbers without a fraction are written without one."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, bytes):
        return value.decode()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _texts(domain: Any) -> list[str]:
    return [str(one) for one in domain]


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _column_name(label: str) -> str:
    return f"p{label}" if _whole(label) else label


def _labels(classes: list[str]) -> np.ndarray:
    """The classes as H2O gives them to Python: numbers where all are such, else texts."""
    if classes and all(map(_whole, classes)):
        return np.array([int(one) for one in classes], dtype=np.int64)
    return np.array(classes, dtype=object)
