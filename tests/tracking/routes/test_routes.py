"""`/api/v1` of tracking: what the page and programs ask, and what they are refused."""

import asyncio
import struct
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide

from modelwright.artifacts.blobs import Blobs
from modelwright.core.auth import Actor, Permission
from modelwright.core.db.database import Database
from modelwright.core.http.given import given
from modelwright.core.http.guard import needs_are_met
from modelwright.core.http.render import render
from modelwright.tracking.routes import ROUTES
from modelwright.tracking.routes.deleting import deletions_given
from tests.tracking.service.test_experiments import HoldsAll

EVERYTHING = frozenset(Permission)


class Asking:
    """A client of these routes without a socket."""

    def __init__(
        self, db: Database, permissions: frozenset[Permission] = EVERYTHING, blobs: Blobs | None = None
    ) -> None:
        self._actor = Actor(name="ann", permissions=permissions)
        self._app = Litestar(
            ROUTES,
            dependencies={
                **given(db),
                **deletions_given([HoldsAll()]),
                "files": Provide(lambda: SimpleNamespace(blobs=blobs), sync_to_thread=False),
            },
            guards=[needs_are_met],
            exception_handlers={Exception: render},
            openapi_config=None,
        )

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["actor"] = self._actor
            await self._app(scope, receive, send)

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, f"/api/v1/{path}", json=body)

        return asyncio.run(asked())


@pytest.fixture
def ask(db: Database) -> Asking:
    return Asking(db)


def new_run(ask: Asking, **said: Any) -> str:
    run_id: str = ask("POST", "runs", {"started_ms": 1, **said}).json()["id"]
    return run_id


def test_an_experiment_is_made_changed_and_listed(ask: Asking) -> None:
    """Its description is a tag that MLflow's clients see too; the list counts all that match."""
    made = ask("POST", "experiments", {"name": "Fraud 100%", "description": "d"}).json()
    ask("PATCH", f"experiments/{made['id']}", {"name": "Fraud 99%"})
    new_run(ask, experiment_id=made["id"])
    page = ask("GET", "experiments?q=fraud 99%25").json()

    assert {"mlflow.note.content": "d"} == made["tags"]
    assert (1, ["Fraud 99%"], [1]) == (
        page["total"],
        [each["name"] for each in page["items"]],
        [each["run_count"] for each in page["items"]],
    )
    assert 0 == ask("GET", "experiments?q=100").json()["total"]


@pytest.mark.parametrize("ms", [-1, -(2**63), 2**63 - 1])
def test_a_run_may_be_of_any_time(ask: Asking, ms: int) -> None:
    """As through MLflow's protocol: old data is brought in, and some clients count in nanoseconds."""
    run_id = new_run(ask, started_ms=ms)
    run = ask("PATCH", f"runs/{run_id}", {"ended_ms": ms}).json()

    assert (ms, ms) == (run["started_ms"], run["ended_ms"])
    assert 400 == ask("POST", "runs", {"started_ms": 2**63}).status_code


def test_experiments_come_in_pages(ask: Asking) -> None:
    """Newest first; a token of other words is refused."""
    for n in range(5):
        ask("POST", "experiments", {"name": f"e{n}"})
    names, token, last = [], "", ""
    for _ in range(2):
        page = ask("GET", f"experiments?q=e&limit=3&page_token={token}" if token else "experiments?q=e&limit=3").json()
        names += [each["name"] for each in page["items"]]
        token, last = page["next_page_token"], token or page["next_page_token"]

    assert ["e4", "e3", "e2", "e1", "e0", "Default"] == names
    assert 400 == ask("GET", f"experiments?q=other&page_token={last}").status_code


def test_what_is_logged_is_shown_and_compared(ask: Asking) -> None:
    """Side by side, what differs first."""
    ids = [new_run(ask, name=f"r{n}") for n in range(2)]
    for n, run_id in enumerate(ids):
        body = {
            "params": [{"key": "a", "value": "same"}, {"key": "b", "value": str(n)}],
            "metrics": [{"key": "m", "value": n + 0.5, "timestamp": 1, "step": s} for s in range(3)],
        }
        assert 204 == ask("POST", f"runs/{run_id}/log", body).status_code
    run = ask("GET", f"runs/{ids[1]}").json()
    side = ask("POST", "runs/compare", {"run_ids": ids}).json()

    assert {"a": "same", "b": "1"} == run["params"]
    summary = {"key": "m", "last": 1.5, "last_step": 2, "last_ms": 1, "min": 1.5, "max": 1.5, "count": 3}
    assert [summary] == run["metrics"]
    assert [("b", ["0", "1"], True), ("a", ["same", "same"], False)] == [
        (each["key"], each["values"], each["differs"]) for each in side["params"]
    ]
    assert [{"key": "m", "values": [0.5, 1.5], "differs": True}] == side["metrics"]
    assert ([], [[], []]) == (side["datasets"], side["model_outputs"])
    assert 404 == ask("POST", "runs/compare", {"run_ids": ["0" * 32]}).status_code


def test_a_series_is_shown_in_json_and_in_bytes(ask: Asking) -> None:
    """The same points; where a value is not a number, JSON has null."""
    run_id = new_run(ask)
    points = [{"key": "m", "value": v, "timestamp": 9, "step": s} for s, v in ((0, 1.5), (1, 2.5))]
    ask("POST", f"runs/{run_id}/log", {"metrics": points})
    shown = ask("GET", f"runs/{run_id}/series?key=m").json()
    packed = ask("GET", f"runs/{run_id}/series.bin?key=m&from=1").content

    assert ([0, 1], [9, 9], [1.5, 2.5], 2) == tuple(shown[k] for k in ("steps", "times_ms", "values", "total"))
    assert (1, 9, 2.5) == struct.unpack("<qqd", packed)
    assert 404 == ask("GET", f"runs/{run_id}/series?key=never").status_code


def test_series_of_several_metrics_and_runs_come_in_one_answer(ask: Asking) -> None:
    """Metrics and runs in the order asked for, each once, without those that are not there."""
    first, second = new_run(ask), new_run(ask)
    for run_id, keys in ((first, "ab"), (second, "b")):
        points = [{"key": key, "value": s / 2, "timestamp": 9, "step": s} for key in keys for s in (0, 1)]
        ask("POST", f"runs/{run_id}/log", {"metrics": points})
    said = {"run_ids": [second, "0" * 32, first, second], "keys": ["never", "b", "a", "b"]}
    found = ask("POST", "runs/series", said).json()["metrics"]

    assert [("never", []), ("b", [second, first]), ("a", [first])] == [
        (metric["key"], [each["run_id"] for each in metric["series"]]) for metric in found
    ]
    assert found[1]["series"][1] == ask("GET", f"runs/{first}/series?key=b").json()


def test_more_series_than_one_answer_holds_are_refused(ask: Asking) -> None:
    """In words that say how many it may be."""
    refused = ask("POST", "runs/series", {"run_ids": ["0" * 32] * 50, "keys": [f"m{n}" for n in range(11)]})

    assert (400, {"asked": 550, "limit": 500}) == (refused.status_code, refused.json()["facts"])


def test_a_table_of_runs_starts_anywhere(ask: Asking) -> None:
    """With the columns asked for, the true total, and what columns there are."""
    ids = [new_run(ask, tags={"t": "u"}) for _ in range(5)]
    for n, run_id in enumerate(ids):
        ask(
            "POST",
            f"runs/{run_id}/log",
            {
                "params": [{"key": "p", "value": str(n % 2)}],
                "metrics": [{"key": "m", "value": n, "timestamp": 1}],
            },
        )
    said = {"experiment_ids": ["0"], "filter": "metrics.m > 0", "order_by": ["metrics.m ASC"]}
    table = ask("POST", "runs/search", {**said, "offset": 2, "limit": 1, "metrics": ["m"], "params": ["p"]}).json()
    columns = ask("POST", "runs/columns", {"experiment_ids": ["0"], "filter": "metrics.m > 1"}).json()
    everything = ask("POST", "runs/columns", {"experiment_ids": ["0"]}).json()
    wrong = ask("POST", "runs/search", {"experiment_ids": ["0"], "filter": "metrics.m >> 0"})

    (row,) = table["items"]
    assert (4, ids[3], {"m": 3.0}, {"p": "1"}, {}) == (
        table["total"],
        row["id"],
        row["metrics"],
        row["params"],
        row["tags"],
    )
    assert [{"key": "m", "runs": 3, "min": 2.0, "max": 4.0}] == columns["metrics"]
    assert [{"key": "p", "runs": 5, "distinct": 2}] == everything["params"]
    assert (400, 10) == (wrong.status_code, wrong.json()["facts"]["start"])


def test_deleting_needs_its_own_permission_and_nobody_holding_on(db: Database, ask: Asking) -> None:
    """Force passes over the latter."""
    run_id = new_run(ask)
    tracker = Asking(db, frozenset({Permission.READ, Permission.TRACK}))
    gone = {"lifecycle_stage": "deleted"}

    assert 403 == tracker("PATCH", f"runs/{run_id}", gone).status_code
    assert 409 == ask("PATCH", f"runs/{run_id}", gone).status_code
    assert "deleted" == ask("PATCH", f"runs/{run_id}?force=true", gone).json()["lifecycle_stage"]
    back = ask("PATCH", f"runs/{run_id}", {"lifecycle_stage": "active", "name": "n", "description": "d"}).json()
    assert ("active", "n", "d") == (back["lifecycle_stage"], back["name"], back["description"])


def test_a_table_goes_on_where_it_ended(ask: Asking) -> None:
    """From the token of the answer before, at the same total; the last answer has none."""
    ids = [new_run(ask, started_ms=n + 1) for n in range(5)]
    said = {"experiment_ids": ["0"], "limit": 2}
    first = ask("POST", "runs/search", said).json()
    second = ask("POST", "runs/search", {**said, "page_token": first["next_page_token"]}).json()
    third = ask("POST", "runs/search", {**said, "page_token": second["next_page_token"]}).json()

    tables = (first, second, third)
    assert ids[::-1] == [row["id"] for table in tables for row in table["items"]]
    assert ([5, 5, 5], None) == ([table["total"] for table in tables], third["next_page_token"])


def test_far_behind_the_beginning_pages_are_walked_over(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the longest page in one step: the same rows, the same total, and nothing behind the end."""
    ids = [new_run(ask, started_ms=n + 1) for n in range(7)][::-1]
    monkeypatch.setattr("modelwright.core.limits.PAGE_RUNS", 2)
    tables = [ask("POST", "runs/search", {"experiment_ids": ["0"], "limit": 2, "offset": n}).json() for n in range(9)]

    assert [ids[n : n + 2] for n in range(9)] == [[row["id"] for row in table["items"]] for table in tables]
    assert {7} == {table["total"] for table in tables}


def test_runs_are_grouped_over_the_wire(ask: Asking) -> None:
    for value in ("a", "a", "b"):
        run_id = new_run(ask)
        ask("POST", f"runs/{run_id}/log", {"params": [{"key": "p", "value": value}]})
    answer = ask("POST", "runs/groups", {"experiment_id": "0", "by": "params.p"}).json()
    wrong = ask("POST", "runs/groups", {"experiment_id": "0", "by": "metrics.m"})

    assert ([("a", 2), ("b", 1)], 2, 3) == (
        [(group["value"], group["runs"]) for group in answer["items"]],
        answer["total"],
        answer["runs"],
    )
    assert 400 == wrong.status_code


def test_columns_and_the_first_rows_come_in_one_answer(ask: Asking) -> None:
    """As the two questions would: the columns that tell these runs apart, and the rows with their values."""
    for n in range(3):
        run_id = new_run(ask, started_ms=n + 1)
        params = [{"key": "same", "value": "x"}, {"key": "p", "value": str(n)}]
        metrics = [{"key": f"m{at}", "value": n + at, "timestamp": 1} for at in range(6)]
        ask("POST", f"runs/{run_id}/log", {"params": params, "metrics": metrics})
    said = {"experiment_ids": ["0"], "filter": "metrics.m0 > 0", "order_by": ["metrics.m0 ASC"]}
    table = ask("POST", "runs/table", {**said, "limit": 1}).json()
    shown = {"params": ["p"], "metrics": ["m0", "m1", "m2", "m3", "m4"]}

    assert shown == table["columns"]["shown"]
    assert ask("POST", "runs/columns", {"experiment_ids": ["0"], "filter": "metrics.m0 > 0"}).json() == table["columns"]
    assert ask("POST", "runs/search", {**said, **shown, "limit": 1}).json() == table["rows"]
    assert 400 == ask("POST", "runs/table", {**said, "filter": "metrics.m0 >> 0"}).status_code


def test_columns_are_told_by_the_latest_runs_and_no_key_is_left_out(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only older runs have stands at the end, on no run: it can be chosen, and nobody counted it."""
    monkeypatch.setattr("modelwright.tracking.service.run_tables._COUNTED", 2)
    for n, key in enumerate(("old", "new", "new")):
        run_id = new_run(ask, started_ms=n + 1, tags={f"tag-{key}": "x"})
        said = {"params": [{"key": key, "value": str(n)}], "metrics": [{"key": key, "value": n, "timestamp": 1}]}
        ask("POST", f"runs/{run_id}/log", said)
    columns = ask("POST", "runs/columns", {"experiment_ids": ["0"]}).json()

    assert 2 == columns["counted"]
    assert [("new", 2, 2), ("old", 0, 0)] == [(c["key"], c["runs"], c["distinct"]) for c in columns["params"]]
    assert [("new", 2), ("old", 0)] == [(c["key"], c["runs"]) for c in columns["metrics"]]
    assert {"tag-new", "tag-old"} <= {c["key"] for c in columns["tags"]}


def test_columns_are_found_by_a_part_of_their_name(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that the first answer has no room for, and what looks like a wildcard means itself."""
    monkeypatch.setattr("modelwright.tracking.service.run_tables._MOST_COLUMNS", 2)
    run_id = new_run(ask, started_ms=1)
    names = ["a1", "a2", "Zeta_1", "zetaX1"]
    ask("POST", f"runs/{run_id}/log", {"metrics": [{"key": name, "value": 1.0, "timestamp": 1} for name in names]})

    def found(words: str) -> list[str]:
        answer = ask("POST", "runs/columns", {"experiment_ids": ["0"], "words": words}).json()
        return [column["key"] for column in answer["metrics"]]

    assert ["Zeta_1", "zetaX1"] == found("zeta")
    assert ["Zeta_1"] == found("A_1")
    assert [] == found("%")
    assert 2 == len(found(""))
