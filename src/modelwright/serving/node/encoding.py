"""Compressed bodies, in and out, with a bound on what a small body may unfold to."""

from __future__ import annotations

import gzip
import re
import zlib

from modelwright.core.errors import BadInput, TooLarge
from modelwright.serving.node.messages import Body, Response

# zlib's window sizes: 31 reads gzip, 47 reads gzip and zlib by their heads.
_ANY_HEAD = 47
# Smaller answers than this fit into one packet either way.
WORTH_BYTES = 4096
# A caller that names one coding and nothing else has asked for it, whatever the size.
_ASKED = {b"gzip", b"deflate"}
# A coding that the caller names in order not to get it.
_NONE = re.compile(rb";q=0(\.0*)?$")


def decompressed(coding: bytes, body: Body, limit_bytes: int) -> Body:
    """The body itself; raises BadInput for an unknown coding or broken data and TooLarge beyond the limit."""
    name = coding.strip().lower()
    if name in {b"", b"identity"}:
        return body
    if name not in {b"gzip", b"x-gzip", b"deflate"}:
        raise BadInput(f"Content-Encoding is {name.decode(errors='replace')!r}; gzip and deflate are read here")
    engine = zlib.decompressobj(_ANY_HEAD)
    try:
        out = engine.decompress(body, limit_bytes + 1)
    except zlib.error as error:
        raise BadInput(f"the body is not {name.decode()}: {error}") from error
    if len(out) > limit_bytes:
        raise TooLarge(f"the body unfolds to more than {limit_bytes} bytes, which is the limit")
    if not engine.eof:
        raise BadInput(f"the {name.decode()} body ends too early")
    if engine.unused_data:
        raise BadInput(f"{len(engine.unused_data)} bytes follow the end of the {name.decode()} body; send one stream")
    return out


def compressed(accepted: bytes, response: Response) -> Response:
    """The response in a coding the caller accepts, when that is asked for or worth it."""
    asked = accepted.strip().lower()
    if response.status != 200 or not (asked in _ASKED or len(response.body) >= WORTH_BYTES):  # noqa: PLR2004  # OK
        return response
    codings = [one for one in asked.replace(b" ", b"").split(b",") if not _NONE.search(one)]
    names = {one.partition(b";")[0] for one in codings}
    if b"gzip" in names:
        body, coding = gzip.compress(response.body, 1, mtime=0), b"gzip"
    elif b"deflate" in names:
        body, coding = zlib.compress(response.body, 1), b"deflate"
    else:
        return response
    return Response(response.status, body, response.content_type, (*response.headers, (b"Content-Encoding", coding)))
