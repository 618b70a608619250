"""What a model gave for a batch, and the part of it that belongs to one caller."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import numpy as np

_lines = msgspec.json.Encoder().encode_lines


class Answer(msgspec.Struct):
    """Arrays by output name, all with one entry per row.

    `frame` says that the outputs are the columns of one table (a pandas model answered with a DataFrame),
    which MLflow's protocol writes as records and not as lists. `whole` holds a value that is not made of
    rows, such as the single JSON object of a custom model; the arrays are then empty.
    """

    names: tuple[str, ...]
    arrays: list[np.ndarray]
    frame: bool = False
    whole: Any = None

    @property
    def rows(self) -> int:
        return self.arrays[0].shape[0] if self.arrays else 0

    def part(self, start: int, stop: int) -> Answer:
        """The rows from `start` up to, and without, `stop`."""
        if len(self.arrays) == 1:
            return Answer(self.names, [self.arrays[0][start:stop]], self.frame)
        return Answer(self.names, [array[start:stop] for array in self.arrays], self.frame)


class Written(msgspec.Struct, frozen=True):
    """The rows of an answer's only output as JSON, made for all callers of a batch at once.

    `width` None: each text is a number or a truth value; else it is a list of `width` of them.
    """

    name: str
    dtype: np.dtype[Any]
    width: int | None
    texts: list[bytes]


def written(answer: Answer) -> Written | None:
    """None when the answer has several outputs, or one whose rows are neither numbers nor flat lists of them."""
    if len(answer.arrays) != 1 or answer.frame:
        return None
    array = answer.arrays[0]
    plain_numbers = array.dtype.kind in "biuf" and array.dtype.itemsize <= 8  # noqa: PLR2004  # what JSON's writer knows
    if not plain_numbers or array.ndim not in {1, 2}:
        return None
    texts = _lines(array.tolist()).split(b"\n")
    del texts[-1]  # every line ends with a newline, the last one too
    return Written(answer.names[0], array.dtype, array.shape[1] if array.ndim > 1 else None, texts)


def plain(array: np.ndarray) -> Any:
    """The array as nested lists of JSON values; bytes that are not text become base64."""
    if array.dtype == object:
        return [_value(one) for one in array.tolist()]
    if array.dtype.kind in "mM":
        return array.astype(str).tolist()
    return array.tolist()


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return plain(value)
    return value
