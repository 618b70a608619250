"""Asking a whole application, without a network."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from modelwright.app import build_app
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.settings import Settings

Ask = Callable[..., httpx.Response]


@contextmanager
def application(home: Path) -> Iterator[tuple[Ask, Database]]:
    """A function that sends one request to a new application on SQLite, and its database."""
    settings = Settings(home=str(home))
    db = open_database(settings.database_url)
    app = build_app(settings, db)

    def ask(method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5710") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    yield ask, db
    db.close()
