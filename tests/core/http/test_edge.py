"""The edge: what strangers, other sites and careless clients meet before any route."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from modelwright import __version__
from modelwright.app import build_app
from modelwright.core import limits
from modelwright.core.auth import local_user
from modelwright.core.db.open import open_database
from modelwright.core.errors import BadInput
from modelwright.core.http.edge import Edge
from modelwright.core.settings import Settings
from modelwright.core.telemetry import HttpMetrics

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module", params=["", "/models"])
def prefix(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, prefix: str) -> Iterator[Ask]:
    """Send one request to a whole application."""
    settings = Settings(home=str(tmp_path_factory.mktemp("home")), url_prefix=prefix, allowed_hosts=("models.example",))
    db = open_database(settings.database_url)
    app = build_app(settings, db)

    def ask(method: str, path: str, **options: object) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5710") as client:
                return await client.request(method, prefix + path, **options)  # type: ignore[arg-type]  # passed through

        return asyncio.run(send())

    yield ask
    db.close()


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:5710", "127.0.0.1:80", "[::1]:5710", "10.1.2.3", "192.168.0.7:5710", "Models.Example"],
)
def test_a_request_under_one_of_our_names_is_served(ask: Ask, host: str) -> None:
    """The loopback and private addresses, and the names in the settings, in any case and with any port."""
    assert 200 == ask("GET", "/api/v1/me", headers={"host": host}).status_code


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "8.8.8.8", "", "127.0.0.1.nip.io", "[::1"])
def test_a_request_under_a_strangers_name_is_refused(ask: Ask, host: str) -> None:
    """A web page whose name was pointed at this machine cannot reach the server."""
    answer = ask("GET", "/api/v1/me", headers={"host": host})

    assert (403, "denied") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("name", ["host", "origin"])
def test_a_name_that_is_said_twice_is_refused(ask: Ask, name: str) -> None:
    """Another server on the way may have looked at the other one."""
    headers = [("host", "localhost"), (name, "http://evil.example"), (name, "localhost")]

    assert 400 == ask("POST", "/api/v1/comments", headers=headers, json={"about": "runs/2", "body": "x"}).status_code


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_load_balancers_ask_under_any_name(ask: Ask, path: str) -> None:
    """They send their own names, or none; the answer holds nothing that a page could want."""
    assert [200, 200] == [ask("GET", path, headers={"host": host}).status_code for host in ("probe.example", "")]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_may_read_nothing_secret_and_write_nothing(ask: Ask, headers: dict[str, str]) -> None:
    """A write that a browser sends for another site is refused, also on another port of this machine."""
    answer = ask("POST", "/api/v1/comments", headers=headers, json={"about": "runs/theirs", "body": "x"})

    assert 403 == answer.status_code
    assert [] == ask("GET", "/api/v1/comments?about=runs/theirs").json()["items"]


@pytest.mark.parametrize("headers", [{}, {"origin": "http://127.0.0.1:5710"}, {"sec-fetch-site": "same-origin"}])
def test_our_own_page_and_programs_may_write(ask: Ask, headers: dict[str, str]) -> None:
    """Clients that are not browsers send no Origin."""
    answer = ask("POST", "/api/v1/comments", headers=headers, json={"about": "runs/1", "body": "x"})

    assert 201 == answer.status_code


def test_a_refusal_on_mlflows_paths_is_in_mlflows_dialect(ask: Ask) -> None:
    """MLflow's clients take any 4xx without `error_code` for an internal error and repeat it."""
    answer = ask("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", headers={"host": "evil.example"})

    assert (403, "PERMISSION_DENIED") == (answer.status_code, answer.json()["error_code"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/2.0/mlflow/webhooks"),
        ("POST", "/api/3.0/mlflow/traces"),
        ("POST", "/v1/traces"),
        ("POST", "/graphql"),
        ("GET", "/gateway/mlflow/v1/models"),
    ],
)
def test_what_mlflow_has_and_we_do_not_is_no_endpoint(ask: Ask, method: str, path: str) -> None:
    """Clients know by this code that they ask for something a server need not have; the page is not the answer."""
    answer = ask(method, path)

    assert (404, "ENDPOINT_NOT_FOUND") == (answer.status_code, answer.json()["error_code"])


def test_an_endless_address_and_an_endless_body_are_refused(ask: Ask) -> None:
    """The limits hold whether the length is announced or the body comes in pieces."""
    assert 413 == ask("GET", "/api/v1/me?" + "x" * limits.TARGET_BYTES).status_code
    big = b"x" * (limits.BODY_BYTES + 1)

    async def pieces() -> AsyncIterator[bytes]:
        yield big[: limits.BODY_BYTES]
        yield big[limits.BODY_BYTES :]

    assert 413 == ask("POST", "/api/v1/comments", content=big).status_code
    assert 413 == ask("POST", "/api/v1/comments", content=pieces()).status_code


def test_a_body_that_says_it_is_too_long_is_not_read(ask: Ask) -> None:
    """Whoever announces terabytes and sends none of them gets the answer at once."""
    reads = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal reads
        reads += 1
        yield b"{}"

    headers = {"content-length": str(10**12), "content-type": "application/json"}
    answer = ask("POST", "/api/2.0/mlflow/runs/create", content=body(), headers=headers)

    assert (413, 0) == (answer.status_code, reads)


@pytest.mark.parametrize("levels", [limits.JSON_DEPTH, 5_000, 2_000_000])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/api/v1/views", b'{"scope": "x", "name": "y", "state": {"z": %s}}'),
        ("POST", "/api/v1/deployments/d/try", b'{"rows": [{"z": %s}]}'),
        ("POST", "/api/v1/comments", b'{"about": "runs/1", "body": %s}'),
        ("POST", "/api/2.0/mlflow/runs/create", b'{"experiment_id": %s}'),
        ("POST", "/api/2.0/mlflow/experiments/create", b'{"name": "x", "tags": %s}'),
    ],
)
def test_a_body_nested_beyond_the_limit_is_refused(ask: Ask, method: str, path: str, body: bytes, levels: int) -> None:
    """A few levels too many, too many for the interpreter, or millions: the same 400, never a 500."""
    nested = body % (b"[" * levels + b"]" * levels)

    answer = ask(method, path, content=nested, headers={"content-type": "application/json"})

    assert 400 == answer.status_code, answer.text[:500]


def test_every_answer_has_the_request_id_that_the_caller_gave_or_a_new_one(ask: Ask) -> None:
    """A decent id is kept, so that logs of both sides meet; anything else is replaced."""
    assert "abc-1" == ask("GET", "/health", headers={"x-request-id": "abc-1"}).headers["x-request-id"]
    replaced = ask("GET", "/health", headers={"x-request-id": "a b<script>"}).headers["x-request-id"]
    another = ask("GET", "/nope").headers["x-request-id"]

    assert "script" not in replaced
    assert replaced != another


def test_unknown_addresses_and_wrong_values_are_answered_in_words(ask: Ask) -> None:
    """404 and 400 carry a code, a message and the request id, and no stack."""
    missing = ask("GET", "/api/v1/nothing")
    wrong = ask("GET", "/api/v1/events?limit=0")
    not_json = ask("POST", "/api/v1/comments", content=b"{", headers={"content-type": "application/json"})
    missing_field = ask("POST", "/api/v1/comments", json={"about": "runs/1"})

    assert (404, "no_such_route") == (missing.status_code, missing.json()["code"])
    assert (400, "limit: Expected `int` >= 1") == (wrong.status_code, wrong.json()["message"])
    assert 400 == not_json.status_code
    assert (400, True) == (missing_field.status_code, "body" in missing_field.json()["message"])
    assert missing.headers["x-request-id"] == missing.json()["request_id"]


@pytest.mark.parametrize(
    "path", ["/health", "/api/v1/me", "/metrics", "/api/2.0/mlflow/experiments/get?experiment_id=0", "/runs", "/api/no"]
)
def test_head_answers_what_get_does_without_the_body(ask: Ask, path: str) -> None:
    """Probes ask so, on whatever address; the length is the one that GET has."""
    whole, head = ask("GET", path), ask("HEAD", path)

    assert (whole.status_code, b"") == (head.status_code, head.content)
    assert whole.headers["content-type"] == head.headers["content-type"]
    assert 'method="HEAD"' in ask("GET", "/metrics").text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/me", {"GET", "OPTIONS"}),
        ("/health", {"GET", "OPTIONS"}),
        ("/api/2.0/mlflow/runs/create", {"POST", "OPTIONS"}),
    ],
)
def test_options_names_the_methods_of_an_address(ask: Ask, path: str, allowed: set[str]) -> None:
    answer = ask("OPTIONS", path)

    assert (204, allowed) == (answer.status_code, set(answer.headers["allow"].split(", ")))


def test_the_release_stands_where_mlflows_server_has_its_own(ask: Ask) -> None:
    answer = ask("GET", "/version")

    assert (200, __version__) == (answer.status_code, answer.text)


def test_an_error_after_the_answer_has_begun_ends_it_and_starts_no_second_one(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever renders the error, the client gets an answer that breaks off: never two, and no trace for it."""
    sent: list[dict[str, object]] = []

    async def fails_late(_scope: object, _receive: object, send: Callable[[object], Awaitable[None]]) -> None:
        for status in (200, 500):
            await send({"type": "http.response.start", "status": status, "headers": []})

    async def receive() -> object:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    edge = Edge(
        fails_late,
        hosts=(),
        prefix="",
        actor=local_user("ann"),
        metrics=HttpMetrics(CollectorRegistry()),
        access_log=False,
        refusal=lambda _path, error: (error.status, b""),
    )
    head = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "query_string": b""}

    asyncio.run(edge({**head, "headers": [(b"host", b"localhost")]}, receive, send))

    assert [200] == [message["status"] for message in sent]
    assert ["answer cut off"] == [record.message for record in caplog.records]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/models/fraud/versions/99999999999999999999"),
        ("GET", "/api/v1/events?before=99999999999999999999"),
        ("GET", "/api/v1/rollouts/99999999999999999999"),
        ("DELETE", "/api/v1/comments/99999999999999999999"),
    ],
)
def test_a_number_beyond_64_bits_is_refused(ask: Ask, method: str, path: str) -> None:
    """Nothing here has such a number."""
    answer = ask(method, path)

    assert (400, True) == (answer.status_code, "64 bits" in answer.json()["message"])


def test_metrics_tell_of_requests_by_route(ask: Ask) -> None:
    """Prometheus sees the route's pattern, never the ids in the path."""
    ask("GET", "/api/v1/comments?about=x")
    text = ask("GET", "/metrics").text

    assert 'modelwright_http_request_seconds_count{method="GET",route="/api/v1/comments",status="200"}' in text


def test_an_address_that_strangers_can_reach_needs_a_login(tmp_path: Path) -> None:
    """Without login configured, the server does not start on another address than the loopback one."""
    for host in ("0.0.0.0", "192.168.1.5", "::", "models.example"):  # noqa: S104 - what is refused
        settings = Settings(home=str(tmp_path), host=host)
        db = open_database(settings.database_url)
        with pytest.raises(BadInput, match="no login is configured"):
            build_app(settings, db)
        db.close()


def test_health_names_each_check_and_what_it_found(ask: Ask) -> None:
    """The page sees the database and the disk, in words."""
    health = ask("GET", "/api/v1/health").json()

    assert "ok" == health["status"]
    assert ["database", "disk"] == [check["name"] for check in health["checks"]]
    assert "GiB free" in health["checks"][1]["detail"]


def test_events_can_be_followed_as_they_are_recorded(ask: Ask) -> None:
    """Asking for what came after an event gives the rest, oldest first."""
    ask("POST", "/api/v1/comments", json={"about": "runs/followed", "body": "one"})
    (first,) = ask("GET", "/api/v1/events?subject=runs/followed").json()["items"]
    ask("POST", "/api/v1/comments", json={"about": "runs/followed", "body": "two"})

    later = ask("GET", f"/api/v1/events?after={first['id']}").json()["items"]
    assert "collaboration.comment.written" == first["name"]
    assert ["runs/followed"] == [event["subject"] for event in later]
