"""The overview: what goes on, what came of it and what needs a look, on one page."""

import re
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import settled
from tests.browser.seed import Seeded
from tests.browser.serving import DEPLOYMENT, FAILED, GOING_ON, MODEL, Served

_QUESTIONS = 9
"""Experiments, runs three times, health, jobs, deployments, versions, moves of aliases; and one for each rollout."""


def test_everything_at_a_glance(page: Page, seeded: Seeded, served: Served) -> None:
    """Each thing is named where it belongs, and is the way to its page."""
    page.goto("/")
    expect(page.get_by_role("region", name="Runs going on").get_by_role("link", name=GOING_ON)).to_be_visible()
    expect(page.get_by_role("region", name="Needs a look").get_by_role("link", name=FAILED)).to_be_visible()
    expect(page.get_by_role("region", name="Latest runs").get_by_role("link", name=FAILED)).to_be_visible()
    expect(page.get_by_role("region", name="Experiments").get_by_role("link", name="churn")).to_be_visible()
    deployed = page.get_by_role("region", name="Deployments")
    expect(deployed.get_by_role("link", name=DEPLOYMENT)).to_be_visible()
    expect(deployed.get_by_role("link", name=f"Rollout {served.rolling} to {MODEL}:2")).to_be_visible()
    expect(deployed).to_contain_text("stepping")
    news = page.get_by_role("region", name="Versions and aliases")
    expect(news.get_by_role("link", name=f"{MODEL} version 3")).to_be_visible()

    page.get_by_role("region", name="Needs a look").get_by_role("link", name=FAILED).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FAILED)


@pytest.fixture
def mlflow(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{base_url}/api/2.0/mlflow", timeout=60) as client:
        yield client


@pytest.fixture
def new_run(mlflow: httpx.Client, seeded: Seeded) -> Iterator[Callable[[str], str]]:
    """Begins a run, and takes it away after the test: others count the runs of this experiment."""
    begun: list[str] = []

    def begin(name: str) -> str:
        asked = {"experiment_id": seeded.experiment, "run_name": name, "start_time": int(time.time() * 1000)}
        begun.append(mlflow.post("runs/create", json=asked).json()["run"]["info"]["run_id"])
        return begun[-1]

    yield begin
    for run in begun:
        mlflow.post("runs/delete", json={"run_id": run}).raise_for_status()


def test_a_run_that_begins_and_fails_is_told_without_a_reload(
    page: Page, mlflow: httpx.Client, new_run: Callable[[str], str]
) -> None:
    page.goto("/")
    expect(page.get_by_role("region", name="Latest runs")).to_be_visible()
    run = new_run("told at once")
    going_on = page.get_by_role("region", name="Runs going on")
    expect(going_on.get_by_role("link", name="told at once")).to_be_visible()
    mlflow.post("runs/update", json={"run_id": run, "status": "FAILED", "end_time": int(time.time() * 1000)})

    look = page.get_by_role("region", name="Needs a look")
    expect(look.get_by_role("link", name="told at once")).to_be_visible()


def test_the_overview_asks_as_much_however_many_runs_there_are(page: Page, seeded: Seeded, served: Served) -> None:
    asked: set[tuple[str, str | None]] = set()
    page.on("request", lambda request: asked.add((request.url, request.post_data)))
    page.goto("/")
    expect(page.get_by_role("region", name="Deployments").get_by_role("link", name=DEPLOYMENT)).to_be_visible()
    page.get_by_role("button", name=re.compile("Pause")).click()
    settled(page)
    questions = [(url, body) for url, body in asked if re.search("/api/v1/(?!events/stream|rollouts/)", url)]

    assert _QUESTIONS >= len(questions), questions


def test_deployments_are_shown_where_there_are_no_runs(page: Page, served: Served) -> None:
    """A server that only serves says how that is, beside how to begin with a run."""
    page.route("**/api/v1/experiments?*", lambda route: route.fulfill(json={"items": [], "total": 0}))
    page.goto("/")

    deployed = page.get_by_role("region", name="Deployments")
    expect(deployed.get_by_role("link", name=DEPLOYMENT)).to_be_visible()
    expect(page.get_by_role("region", name="Begin with a run")).to_be_visible()


def test_a_new_server_teaches_how_to_begin(page: Page, base_url: str) -> None:
    """The lines of code with this server's address, and nothing that is empty beside them."""
    page.route(
        "**/api/v1/experiments?*", lambda route: route.fulfill(json={"items": [], "total": 0, "next_page_token": None})
    )
    page.route("**/api/v1/serving/deployments?*", lambda route: route.fulfill(json={"items": [], "total": 0}))
    page.goto("/")

    expect(page.get_by_role("region", name="Begin with a run")).to_contain_text(base_url)
    expect(page.get_by_role("region", name="Needs a look")).to_have_count(0)
