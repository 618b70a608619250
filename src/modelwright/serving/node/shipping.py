"""Bringing sealed ledger segments to the server, again and again until it has them."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import threading
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec

from modelwright.core.errors import Unavailable
from modelwright.serving.model import Segment
from modelwright.serving.node.segments import Refused, Segments

_PERIOD_S = 1.0
_PAUSE_S = 5.0
_AT_FAULT = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE, httpx.codes.UNPROCESSABLE_ENTITY})
_log = logging.getLogger(__name__)


class Shipper:
    """A thread that seals what is due and ships what is sealed. While the server is away, segments wait on disk."""

    def __init__(self, segments: Segments, url: str, *, token: str | None = None) -> None:
        self._segments = segments
        headers = {"content-type": "application/octet-stream"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        self._client = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1/nodes", headers=headers, timeout=60)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shipper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ship what is sealed now, if the server takes it; the rest waits for the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._ship()
        self._client.close()

    def send(self, segment: Segment, body: bytes) -> None:
        """Raises Refused when the server finds this one at fault, and Unavailable when it lacks it otherwise."""
        try:
            about = msgspec.json.encode(segment).decode()
            # Of the node that wrote it: this one may have been given another name since.
            answer = self._client.post(
                f"/{quote(segment.node, safe='')}/segments", params={"about": about}, content=body
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"the server does not answer: {error!r}") from error
        if answer.is_error:
            said = f"the server answered {answer.status_code} to a segment: {answer.text[:200]}"
            raise Refused(said) if answer.status_code in _AT_FAULT else Unavailable(said)

    def _run(self) -> None:
        pause_s = _PERIOD_S
        while not self._stop.wait(pause_s):
            self._segments.tend()
            pause_s = _PERIOD_S if self._ship() else _PAUSE_S

    def _ship(self) -> bool:
        try:
            self._segments.ship(self.send)
        except (Unavailable, Refused) as error:
            _log.info("ledger segments wait: %s", error.message)
            return False
        except OSError:
            _log.exception("ledger segments cannot be read")
            return False
        return True


def ledger_key(path: Path) -> bytes:
    """What hashed columns are keyed with: made once, by whichever node comes first; readable by this user alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        # Whole or not at all, and never in another's place.
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_bytes()
