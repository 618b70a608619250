"""The page follows the server: told of changes, asking when it is not, silent while it is paused."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Console
from tests.browser.pages import settled, shown_in_time
from tests.browser.seed import Seeded

NewRun = Callable[[str], None]


@pytest.fixture
def new_run(seeded: Seeded, base_url: str) -> NewRun:
    """Starts a run of this name, as a training program would."""

    def start(name: str) -> None:
        body = {"experiment_id": seeded.experiment, "run_name": name, "start_time": 1_800_000_000_000}
        httpx.post(f"{base_url}/api/2.0/mlflow/runs/create", json=body, timeout=60).raise_for_status()

    return start


@pytest.fixture(autouse=True)
def forget_new_runs(seeded: Seeded, base_url: str) -> Iterator[None]:
    """The other tests count runs: those of an earlier test are taken away before the next one of this file."""
    yield
    with httpx.Client(base_url=f"{base_url}/api/2.0/mlflow", timeout=60) as http:
        said = {"experiment_ids": [seeded.experiment], "filter": "attributes.run_name LIKE 'live %'"}
        for run in http.post("/runs/search", json=said).json().get("runs", []):
            http.post("/runs/delete", json={"run_id": run["info"]["run_id"]}).raise_for_status()


def test_a_new_run_appears_by_itself(page: Page, seeded: Seeded, new_run: NewRun) -> None:
    """The server tells of it; the page does not ask in between."""
    page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("button", name=re.compile("the server tells of changes"))).to_be_visible()
    new_run("live told")

    expect(page.get_by_role("link", name="live told")).to_be_visible()


def test_a_visit_asks_each_question_once(page: Page, seeded: Seeded) -> None:
    """Also when the stream opens: it tells what has happened since the document was made."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data}") if _is_api(request) else None)
    # By the browser's clock no time passes, and no answer grows old on a slow machine.
    page.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    with page.expect_response(lambda answer: "/events/stream?after=" in answer.url):
        page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("button", name=re.compile("the server tells of changes"))).to_be_visible()
    expect(page.get_by_role("link", name="run-259")).to_be_visible()
    settled(page)

    assert sorted(set(asked)) == sorted(asked)
    assert any("/runs/table" in question for question in asked)


def _is_api(request: Request) -> bool:
    return "/api/v1/" in request.url


def test_what_happens_before_the_stream_is_open_is_not_missed(page: Page, seeded: Seeded, new_run: NewRun) -> None:
    """A run that is made while the stream is held back is told of as soon as it opens."""
    held: list[Route] = []

    def hold(question: Route) -> None:
        held.append(question)

    page.route("**/api/v1/events/stream*", hold)
    with page.expect_request("**/api/v1/events/stream*"):
        page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("link", name="run-259")).to_be_visible()
    settled(page)
    new_run("live early")
    for question in held:
        question.continue_()

    expect(page.get_by_role("link", name="live early")).to_be_visible()


def test_without_the_stream_the_page_asks_now_and_then(
    page: Page, seeded: Seeded, console: Console, new_run: NewRun
) -> None:
    console.expect_refusal(503)
    page.route("**/api/v1/events/stream*", lambda route: route.fulfill(status=503))
    page.clock.install()
    page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("link", name="run-259")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("the page asks for changes"))).to_be_visible()
    new_run("live asked")

    shown_in_time(page, page.get_by_role("link", name="live asked"))


def test_a_stream_that_comes_back_is_taken_up_again(page: Page, seeded: Seeded, console: Console) -> None:
    console.expect_refusal(503)
    page.route("**/api/v1/events/stream*", lambda route: route.fulfill(status=503))
    page.goto(f"/experiments/{seeded.experiment}")
    with page.expect_response("**/api/v1/events/stream*"):
        pass
    page.unroute("**/api/v1/events/stream*")

    expect(page.get_by_role("button", name=re.compile("the server tells of changes"))).to_be_visible(timeout=120_000)


def test_a_paused_page_stays_as_it_is_until_it_is_resumed(page: Page, seeded: Seeded, new_run: NewRun) -> None:
    """Beside it, a page that is not paused shows the new run: the paused one could have."""
    page.goto(f"/experiments/{seeded.experiment}")
    page.get_by_role("button", name=re.compile("^Live")).click()
    expect(page.get_by_role("button", name="Live updates are paused: resume")).to_be_visible()
    expect(page.get_by_role("link", name="run-259")).to_be_visible()
    beside = page.context.new_page()
    beside.goto(f"/experiments/{seeded.experiment}")
    expect(beside.get_by_role("button", name=re.compile("the server tells of changes"))).to_be_visible()
    new_run("live missed")
    expect(beside.get_by_role("link", name="live missed")).to_be_visible()
    beside.close()
    expect(page.get_by_role("link", name="live missed")).to_have_count(0)
    page.get_by_role("button", name="Live updates are paused: resume").click()

    expect(page.get_by_role("link", name="live missed")).to_be_visible(timeout=60_000)
