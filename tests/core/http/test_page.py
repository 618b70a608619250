"""The page's files: which address answers with what, and under which headers."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelwright.core.http.page import POLICY, Page, first_part

DOCUMENT = (
    '<html lang="en"><meta name="modelwright-prefix" content="" /><meta name="modelwright-seen" content="" />'
    '<link href="./icon.svg" />'
    '<script type="module" src="./assets/index-1a2b.js"></script>'
)
SCRIPT = "export const answer = 42;"

Client = Callable[..., "Asker"]


class Asker:
    """A client that asks one request at a time."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._page)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(asked())


async def api(scope: Any, _receive: Any, send: Any) -> None:
    """Stands for every other route: says which address came through."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": f"api {scope['method']} {scope['path']}".encode()})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(DOCUMENT)
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / ".stamp").write_text("secret")
    (tmp_path / "assets" / "index-1a2b.js").write_text(SCRIPT)
    (tmp_path / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return tmp_path


async def seven() -> int:
    return 7


@pytest.fixture
def client(folder: Path) -> Client:
    def made(*, prefix: str = "", folder: Path = folder, newest: Callable[[], Awaitable[int]] = seven) -> Asker:
        return Asker(Page(api, folder=folder, owned={"api", "health"}, prefix=prefix, newest=newest))

    return made


@pytest.mark.parametrize("path", ["/", "/runs/4a1f", "/models/a.b.c/versions/1", "/experiments?q=1.5"])
def test_every_address_that_no_route_owns_is_the_page(client: Client, path: str) -> None:
    """A deep link opens the page, also when a model's name holds dots."""
    response = client().ask("GET", path)

    assert 200 == response.status_code
    assert "text/html; charset=utf-8" == response.headers["content-type"]
    assert "no-cache" == response.headers["cache-control"]
    assert POLICY == response.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/api/v1/runs", "/api", "/health"])
def test_addresses_of_routes_reach_them(client: Client, path: str) -> None:
    response = client().ask("GET", path)

    assert f"api GET {path}" == response.text


def test_only_reading_is_the_page(client: Client) -> None:
    """A POST to an address of the page is the API's to refuse."""
    response = client().ask("POST", "/runs/4a1f")

    assert "api POST /runs/4a1f" == response.text


def test_a_missing_asset_is_not_the_page(client: Client) -> None:
    """A script of an older build must not be answered with HTML, which a browser would try to run."""
    response = client().ask("GET", "/assets/index-0000.js")

    assert 404 == response.status_code


def test_hidden_files_are_not_served(client: Client) -> None:
    response = client().ask("GET", "/.stamp")

    assert "secret" not in response.text


def test_assets_are_sent_compressed_and_kept_for_good(client: Client) -> None:
    response = client().ask("GET", "/assets/index-1a2b.js", headers={"accept-encoding": "gzip"})

    assert SCRIPT == response.text
    assert "gzip" == response.headers["content-encoding"]
    assert "public, max-age=31536000, immutable" == response.headers["cache-control"]


def test_the_document_is_sent_compressed_too(client: Client) -> None:
    packed = client().ask("GET", "/", headers={"accept-encoding": "gzip, br"})

    assert "gzip" == packed.headers["content-encoding"]
    assert client().ask("GET", "/", headers={"accept-encoding": "identity"}).text == packed.text


def test_who_accepts_no_encoding_gets_none(client: Client) -> None:
    response = client().ask("GET", "/assets/index-1a2b.js", headers={"accept-encoding": "identity"})

    assert SCRIPT == response.text
    assert "content-encoding" not in response.headers


def test_what_is_unchanged_is_not_sent_again(client: Client) -> None:
    first = client().ask("GET", "/")

    again = client().ask("GET", "/", headers={"if-none-match": first.headers["etag"]})

    assert (304, b"") == (again.status_code, again.content)


def test_the_prefix_is_written_into_the_document(client: Client) -> None:
    """Behind a proxy that adds a path, scripts are asked for under it and the page's code knows it."""
    response = client(prefix="/ml").ask("GET", "/runs/4a1f")

    assert 'src="/ml/assets/index-1a2b.js"' in response.text
    assert 'name="modelwright-prefix" content="/ml"' in response.text


@pytest.mark.parametrize(
    ("cookie", "root"),
    [
        ("modelwright-theme=dark", '<html data-theme="dark" lang="en">'),
        ("other=1; modelwright-theme=light; more=2", '<html data-theme="light" lang="en">'),
        ("modelwright-theme=evil", '<html lang="en">'),
        ("not-modelwright-theme=dark", '<html lang="en">'),
        ("", '<html lang="en">'),
    ],
)
def test_a_chosen_theme_is_written_into_the_document(client: Client, cookie: str, root: str) -> None:
    """So the first thing that is drawn has it; a cache keeps the themes apart."""
    response = client().ask("GET", "/runs/4a1f", headers={"cookie": cookie})

    assert response.text.startswith(root)
    assert "accept-encoding, cookie" == response.headers["vary"]


def test_another_theme_is_sent_again(client: Client) -> None:
    first = client().ask("GET", "/")

    other = client().ask(
        "GET", "/", headers={"if-none-match": first.headers["etag"], "cookie": "modelwright-theme=dark"}
    )

    assert 200 == other.status_code


def test_the_newest_event_is_written_into_the_document(client: Client) -> None:
    """So what the page asks is younger than that number, and nothing that happens later escapes it."""
    response = client().ask("GET", "/runs/4a1f")

    assert 'name="modelwright-seen" content="7"' in response.text


@pytest.mark.parametrize("fault", [OSError("the database is away"), None])
def test_the_document_comes_without_its_number_rather_than_not_at_all(client: Client, fault: OSError | None) -> None:
    """When the database is away, and when it does not answer."""

    async def newest() -> int:
        if fault:
            raise fault
        await asyncio.Event().wait()
        return 0

    response = client(newest=newest).ask("GET", "/")

    assert (200, True) == (response.status_code, 'name="modelwright-seen" content=""' in response.text)


def test_a_page_that_was_not_built_says_how_to_build_it(client: Client, tmp_path: Path) -> None:
    response = client(folder=tmp_path / "nothing").ask("GET", "/")

    assert 503 == response.status_code
    assert "uv sync" in response.text


@pytest.mark.parametrize(("path", "part"), [("/", ""), ("/api/v1", "api"), ("//api", "api"), ("/x", "x")])
def test_the_first_part_of_a_path_decides_who_answers(path: str, part: str) -> None:
    assert part == first_part(path)
