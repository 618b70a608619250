"""MLflow's scoring protocol, `POST /invocations`, as `mlflow models serve` answers it.

Bodies: `dataframe_split`, `dataframe_records`, `inputs`, `instances` (a matrix, an object of columns, or a list of
objects), CSV with a header, and what chat models and agents are asked with: one row that is the body itself, which has
`messages`, `prompt` or `input`, and whose answer is the body of the response. Columns that the signature does not know
are dropped; order is free.

Source: mlflow/pyfunc/scoring_server/__init__.py of MLflow 3.17, by its behaviour.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from modelwright.core.errors import BadInput, ModelwrightError
from modelwright.serving.node.answers import Answer, Written, plain
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.messages import Body, Request, Response
from modelwright.serving.node.signature import FLOATS, INTEGERS, OBJECTS, Column, Kind, Logical
from modelwright.serving.node.tables import Numbers, Schema, Table
from modelwright.serving.node.v2 import decode_json

_FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_BARE = frozenset({"messages", "prompt", "input"})
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
# How tables write that a number is missing: R, spreadsheets, databases, pandas.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None"})


class UnsupportedType(BadInput):
    """415: the Content-Type is neither JSON nor CSV."""

    status = 415
    code = "unsupported_media_type"


class _Split(msgspec.Struct):
    data: list[list[float]]
    columns: list[str] | None = None
    index: Any = None


class _Numbers(msgspec.Struct, forbid_unknown_fields=True):
    dataframe_split: _Split | None = None
    inputs: list[list[float]] | None = None
    instances: list[list[float]] | None = None


_numbers = msgspec.json.Decoder(_Numbers)
_general = msgspec.json.Decoder(dict[str, Any])


def parse(request: Request) -> InvocationCall:
    """The call in a request's body; raises BadInput, or UnsupportedType for other content than JSON and CSV."""
    content_type, _, parameters = request.headers.get(b"content-type", b"application/json").partition(b";")
    charset = parameters.strip().lower()
    if charset not in {b"", b"charset=utf-8"}:
        raise UnsupportedType(
            f"Content-Type has the parameter {charset.decode(errors='replace')!r}; only charset=utf-8"
        )
    kind = content_type.strip().lower()
    if kind == b"text/csv":
        return InvocationCall("csv", _text(request.body))
    if kind not in {b"application/json", b""}:
        shown = kind.decode(errors="replace")
        raise UnsupportedType(f"Content-Type is {shown!r}; this endpoint reads application/json and text/csv")
    try:
        numbers = _numbers.decode(request.body)
    except (msgspec.DecodeError, RecursionError):
        return _from_json(decode_json(_general, request.body))
    given = [form for form in ("dataframe_split", "inputs", "instances") if getattr(numbers, form) is not None]
    if len(given) != 1:
        return _from_json(decode_json(_general, request.body))
    return InvocationCall("numbers", numbers, again=request.body)


def _text(body: Body) -> str:
    try:
        # Spreadsheets begin what they write with a mark that is no part of the first column's name.
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"the CSV is not UTF-8: {error}") from error


def _from_json(document: dict[str, Any]) -> InvocationCall:
    given = [form for form in _FORMS if form in document]
    if not given and not _BARE.isdisjoint(document):
        return InvocationCall("bare", document)
    unknown = sorted(document.keys() - {*_FORMS, "params"})
    if len(given) != 1 or unknown:
        raise _no_form(document)
    params = document.get("params")
    if params is not None and not isinstance(params, dict):
        raise BadInput(f"params is {params!r:.60}; expected an object")
    return InvocationCall(given[0], document[given[0]], params=params or None)


def _no_form(document: dict[str, Any]) -> BadInput:
    found = sorted(document)[:10]
    return BadInput(f"the body has the keys {found}; it must have exactly one of {list(_FORMS)}, and may have params")


class InvocationCall(Call):
    """One scoring request in one of MLflow's forms."""

    __slots__ = ("again", "data", "form", "more", "params", "timeout_s")

    def __init__(self, form: str, data: Any, *, params: dict[str, Any] | None = None, again: Body = b"") -> None:
        self.form = form
        self.data = data
        self.again = again
        self.more = False
        self.params = params
        self.timeout_s = None

    def numbers(self, schema: Schema) -> Numbers | None:
        return _fast(self.data, schema) if self.form == "numbers" else None

    def table(self, schema: Schema) -> Table:
        if self.form == "numbers":
            found = _fast(self.data, schema)
            if found is not None:
                return schema.joined([found])
            # Kept to be read again: the decoder has turned whole numbers into floats.
            return _from_json(decode_json(_general, self.again)).table(schema)
        if self.form == "csv":
            return _from_csv(self.data, schema)
        if self.form == "dataframe_split":
            return _from_split(self.data, schema)
        if self.form == "dataframe_records":
            if not isinstance(self.data, list):
                raise BadInput(f"dataframe_records is {self.data!r:.60}; expected a list of objects")
            return schema.from_records(self.data)
        if self.form == "bare":
            return self._from_bare(schema)
        return _from_tensors(self.form, self.data, schema)

    def _from_bare(self, schema: Schema) -> Table:
        names = set() if schema.open else set(schema.names)
        if names.isdisjoint(_BARE & self.data.keys()):
            raise _no_form(self.data)
        # Only the signature knows which of what stands side by side here are parameters.
        self.params = {name: one for name, one in self.data.items() if name not in names} or None
        return schema.from_records([self.data])

    def bare(self) -> InvocationCall:
        return InvocationCall(self.form, None, params=self.params)

    def render(self, answer: Answer, served: Served) -> Response:
        said = msgspec.json.encode(predictions(answer))
        return Response(200, said if self.form == "bare" else b'{"predictions":%b}' % said, headers=served.headers)

    def write(self, written: Written, start: int, stop: int, served: Served) -> Response:
        said = b"[%b]" % b",".join(written.texts[start:stop])
        return Response(200, said if self.form == "bare" else b'{"predictions":%b}' % said, headers=served.headers)

    def error(self, error: ModelwrightError) -> Response:
        return failure(error)


_CODES = {404: "RESOURCE_DOES_NOT_EXIST", 429: "REQUEST_LIMIT_EXCEEDED", 503: "TEMPORARILY_UNAVAILABLE"}


def failure(error: ModelwrightError) -> Response:
    code = _CODES.get(error.status, "BAD_REQUEST" if error.status < 500 else "INTERNAL_ERROR")  # noqa: PLR2004
    return Response(error.status, msgspec.json.encode({"error_code": code, "message": error.message}))


def predictions(answer: Answer) -> Any:
    """The answer as MLflow writes it: a list, records for a table, an object for several tensors."""
    if not answer.arrays:
        return answer.whole
    if answer.frame:
        columns = [plain(array) for array in answer.arrays]
        return [dict(zip(answer.names, row, strict=True)) for row in zip(*columns, strict=True)]
    if len(answer.arrays) == 1:
        return plain(answer.arrays[0])
    return {name: plain(array) for name, array in zip(answer.names, answer.arrays, strict=True)}


def _fast(numbers: _Numbers, schema: Schema) -> Numbers | None:
    """The rows, when they are one matrix of floats in the signature's own order; else None."""
    if len(schema.row_shape) != 1 or not schema.row_values:
        return None
    split = numbers.dataframe_split
    rows = split.data if split is not None else (numbers.inputs if numbers.inputs is not None else numbers.instances)
    if split is not None and (schema.signature.tensors or split.columns != schema.names):
        return None
    if split is not None and isinstance(split.index, list) and len(split.index) != len(rows or ()):
        return None
    if not rows or any(len(row) != schema.row_values for row in rows):
        return None
    values = list(itertools.chain.from_iterable(rows))
    return Numbers(values, len(rows)) if schema.holds(values) else None


def _from_split(data: Any, schema: Schema) -> Table:
    if not isinstance(data, dict) or not isinstance(data.get("data"), list):
        raise BadInput('dataframe_split must be an object with "data" (a list of rows) and "columns"')
    names = data.get("columns")
    if names is not None and (not isinstance(names, list) or len(set(map(str, names))) != len(names)):
        raise BadInput("dataframe_split: columns must be a list of names, each once")
    labels = data.get("index")
    if isinstance(labels, list) and len(labels) != len(data["data"]):
        raise BadInput(f"dataframe_split: index has {len(labels)} labels for {len(data['data'])} rows")
    if names is None:
        return schema.from_rows(data["data"])
    if schema.signature.tensors and not schema.unnamed:
        rows = _lists(data["data"], len(names))
        return schema.from_records([dict(zip(map(str, names), row, strict=True)) for row in rows])
    return schema.from_rows(data["data"], [str(name) for name in names])


def _lists(rows: list[Any], width: int) -> list[list[Any]]:
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != width:
            raise BadInput(f"row {index} is {row!r:.60}; expected a list of {width} values", row=index)
    return rows


def _from_tensors(form: str, data: Any, schema: Schema) -> Table:
    if isinstance(data, dict):
        if schema.signature.tensors:
            return schema.from_tensors(data)
        return schema.from_columns(_columns(data, schema))
    one_column = schema.width == 1 and not (schema.open or schema.signature.tensors)
    if one_column and isinstance(data, (str, int, float)):
        data = [data]
    if not isinstance(data, list):
        raise BadInput(f"{form} is {data!r:.60}; expected a list of rows or an object of columns")
    if one_column:
        # What a function with a type hint takes: each value is a row, whatever it looks like.
        bare = schema.unnamed and schema.columns[0].kind is Kind.JSON
        if bare or not any(isinstance(one, (list, dict)) for one in data):
            return schema.from_rows([[one] for one in data])
    return schema.from_records(data) if data and isinstance(data[0], dict) else schema.from_rows(data)


def _columns(data: dict[str, Any], schema: Schema) -> dict[str, list[Any]]:
    """An object of lists is columns. With a value that is no list, it is one row, whose values may be lists too."""
    kinds = {column.name: column.kind for column in schema.columns}
    known = data if schema.unnamed else kinds
    row = any(not isinstance(one, list) for name, one in data.items() if name in known)
    return {
        name: [one] if not isinstance(one, list) or (row and kinds.get(name, Kind.JSON) is Kind.JSON) else one
        for name, one in data.items()
    }


def _from_csv(text: str, schema: Schema) -> Table:
    if schema.signature.tensors:
        raise BadInput("the model takes tensors, which CSV cannot say; send JSON with inputs")
    lines = csv.reader(io.StringIO(text))
    try:
        rows = [row for row in lines if row]
    except csv.Error as error:
        raise BadInput(f"the CSV cannot be read: {error}") from error
    if not rows:
        raise BadInput("the CSV is empty; expected a line of column names and then rows")
    names = rows.pop(0)
    for index, row in enumerate(rows):
        if len(row) != len(names):
            raise BadInput(f"row {index} has {len(row)} fields; the header names {len(names)}", row=index)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    if schema.open:
        _once(names)
        return schema.from_columns({name: _guessed(texts) for name, texts in zip(names, columns, strict=True)})
    if schema.unnamed:
        if len(names) != schema.width:
            raise BadInput(f"the CSV has {len(names)} columns; expected {schema.width}")
        names = [str(place) for place in range(schema.width)]
    known = dict(zip(names if schema.unnamed else schema.names, schema.columns, strict=True))
    _once([name for name in names if name in known])
    return schema.from_columns(
        {
            name: [_field(known[name], one) for one in texts]
            for name, texts in zip(names, columns, strict=True)
            if name in known
        }
    )


def _once(names: list[str]) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise BadInput(f"the CSV names the columns {twice} more than once")


def _guessed(texts: Sequence[str]) -> list[Any]:
    """A column of which nothing is known: whole numbers, numbers or truth values, if all of it is; else texts."""
    given = [one for one in texts if one not in MISSING]
    for kind, python in ((Kind.INT64, int), (Kind.FP64, float), (Kind.BOOL, bool)):
        column = Column(name=None, kind=kind)
        if given and all(type(_field(column, one)) is python for one in given):
            return [_field(column, one) for one in texts]
    return [None if one in MISSING else one for one in texts]


def _field(column: Column, text: str) -> Any:
    """A CSV field as the JSON value it stands for; what does not fit stays text, for `read` to refuse by name."""
    if column.kind not in OBJECTS and text in MISSING:
        return None
    if not text and (column.kind is Kind.JSON or column.logical is Logical.STRING):
        # So pandas writes a missing text, and so it reads it.
        return None
    if "_" in text or not text.isascii():  # Python takes 1_000, and digits of every script, and nobody else does
        return text
    for kind in (int, float) if column.kind in INTEGERS else (float,) if column.kind in FLOATS else ():
        try:
            return kind(text)
        except ValueError:
            continue
    if column.kind is Kind.BOOL:
        return _TRUTH.get(text.lower(), text)
    return text
