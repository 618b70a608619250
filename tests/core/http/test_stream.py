"""The stream of events: where it begins, and that it goes on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelwright.app import build_app
from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.events import Event, last_event_id, record
from modelwright.core.settings import Settings

_PATIENCE_S = 120


class Happened(Event, frozen=True, kw_only=True, tag="test.thing.happened"):
    SUBJECT = "things/{thing}"

    thing: str


class Streaming:
    """A whole application whose stream of events is read until enough has come."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db = db
        self._app = build_app(settings, db)

    def happen(self, thing: str) -> int:
        """The number of the event."""
        self.db.write_now(lambda tx: record(tx, SYSTEM, Happened(thing=thing)))
        return self.db.read_now(last_event_id)

    def read(self, query: str, headers: dict[str, str], until: str, during: tuple[str, ...] = ()) -> str:
        """What the stream says until it has said `until`; `during` happens once it listens."""

        async def reading() -> str:
            said: list[str] = []
            done = asyncio.Event()

            async def send(message: Any) -> None:
                said.append(message.get("body", b"").decode())
                if until in "".join(said):
                    done.set()
                if "listening" in said[-1]:
                    for thing in during:
                        await asyncio.to_thread(self.happen, thing)

            sent = iter([{"type": "http.request", "body": b"", "more_body": False}])

            async def receive() -> Any:
                if (message := next(sent, None)) is not None:
                    return message
                return await asyncio.Event().wait()  # a reader that stays

            asking = asyncio.ensure_future(self._app(_scope(query, headers), receive, send))
            async with asyncio.timeout(_PATIENCE_S):
                await done.wait()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return "".join(said)

        return asyncio.run(reading())


def _scope(query: str, headers: dict[str, str]) -> dict[str, Any]:
    path = "/api/v1/events/stream"
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


@pytest.fixture
def streaming(tmp_path: Path) -> Iterator[Streaming]:
    settings = Settings(home=str(tmp_path))
    db = open_database(settings.database_url)
    yield Streaming(db, settings)
    db.close()


def test_a_stream_begins_with_what_happens_from_now_on(streaming: Streaming) -> None:
    streaming.happen("before")
    said = streaming.read("", {}, until="things/after", during=("after",))

    assert "things/before" not in said


@pytest.mark.parametrize("told", ["address", "header"])
def test_a_stream_goes_on_behind_the_event_that_the_reader_knows(streaming: Streaming, told: str) -> None:
    """In the address, where a page cannot send a header, or as a browser says it that lost the stream."""
    first = streaming.happen("first")
    streaming.happen("second")
    query, headers = (f"after={first}", {}) if told == "address" else ("", {"last-event-id": str(first)})
    said = streaming.read(query, headers, until="things/third", during=("third",))

    assert "things/first" not in said
    assert said.index("things/second") < said.index("things/third")
    assert f"id: {first + 1}" in said
