"""How a file is shown over HTTP: its headers, and which part of it was asked for."""

import mimetypes
import re
from typing import Final
from urllib.parse import quote

_TEXT: Final = frozenset(
    [
        *("cfg", "cf", "cnf", "conf", "hocon", "ini", "json", "prop", "properties", "toml", "xml", "yaml", "yml"),
        *("err", "log", "md", "rst", "txt", "csv", "tsv", "ipynb", "js", "py", "py3", "mlmodel", "mlproject"),
    ]
)
_RANGE: Final = re.compile(r"bytes=(?:(\d{1,19})-(\d{1,19})?|-(\d{1,19}))\Z", re.ASCII)
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ._()+,=@!~-]+\Z")

Headers = list[tuple[bytes, bytes]]


class Unsatisfiable(Exception):
    """The range begins behind the end of the file; HTTP answers 416."""


def media_type(name: str) -> str:
    """The type that a file's name suggests. What people read as text is text/plain, so that no browser runs it."""
    last = name.rpartition("/")[2]
    if last.rpartition(".")[2].lower() in _TEXT:
        return "text/plain; charset=utf-8"
    return mimetypes.guess_type(last)[0] or "application/octet-stream"


def disposition(name: str) -> str:
    """`Content-Disposition` that has a browser save the file under its name (RFC 6266, RFC 8187).

    >>> disposition("a/Größe.txt")
    "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt"
    """
    last = name.rpartition("/")[2]
    if _PLAIN.match(last):
        return f'attachment; filename="{last}"'
    return f"attachment; filename*=UTF-8''{quote(last, safe='')}"


def etag(digest: str) -> str:
    """Equal digests are equal bytes: the strongest validator there is."""
    return f'"{digest}"'


def is_unchanged(if_none_match: str | None, digest: str) -> bool:
    """Whether the client's copy is the one we would send."""
    if if_none_match is None:
        return False
    held = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in held or etag(digest) in held


def part_of(asked: str | None, if_range: str | None, size: int, digest: str) -> tuple[int, int] | None:
    """The bytes asked for, from first up to, not including, last; None for the whole file.

    A range that we do not understand, several at once, and a range of another state of the file all mean the whole
    (RFC 9110, 14.2 and 13.1.5). Raises Unsatisfiable.
    """
    if asked is None or (if_range is not None and if_range != etag(digest)):
        return None
    found = _RANGE.match(asked)
    if found is None:
        return None
    first, last, tail = (None if text is None else int(text) for text in found.groups())
    if tail is not None:
        start, end = max(0, size - tail), size
    else:
        assert first is not None  # noqa: S101 - the pattern has one or the other
        start, end = first, size if last is None else min(size, last + 1)
        if last is not None and last < first:
            return None
    if start >= end:
        raise Unsatisfiable
    return start, end


def file_headers(path: str, digest: str) -> Headers:
    """What every answer about a file says, whichever part of it is sent."""
    return [
        (b"content-type", media_type(path).encode()),
        (b"content-disposition", disposition(path).encode()),
        (b"etag", etag(digest).encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"private, no-cache"),
    ]
