"""What pages bear: ten thousand columns, endless names, text from right to left, refusals, slowness, a prefix."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Console
from tests.browser.pages import named
from tests.browser.seed import Seeded
from tests.browser.server import running_server
from tests.browser.serving import DEPLOYMENT, Served

KEYS = 10_000
PER_REQUEST = 1000
LONG = "n" * 249
RTL = "\u05de\u05d5\u05d3\u05dc \u0627\u0644\u0646\u0645\u0648\u0630\u062c (v2)"
OVERRIDE = "safe\u202etxt.exe"


class Hard(msgspec.Struct, frozen=True):
    """`wide` are two runs with KEYS metrics each, `odd` one with a long name and one written from right to left."""

    wide_experiment: str
    wide: list[str]
    odd_experiment: str
    odd: list[str]


@pytest.fixture(scope="module")
def hard(base_url: str) -> Hard:
    with httpx.Client(base_url=f"{base_url}/api/2.0/mlflow", timeout=120) as http:

        def post(path: str, **body: Any) -> Any:
            answer = http.post(f"/{path}", json=body)
            assert answer.is_success, answer.text
            return answer.json()

        def run(experiment: str, name: str, **body: Any) -> str:
            made: str = post("runs/create", experiment_id=experiment, run_name=name)["run"]["info"]["run_id"]
            post("runs/log-batch", run_id=made, **body)
            return made

        wide_experiment = post("experiments/create", name="wide")["experiment_id"]
        wide = [run(wide_experiment, f"wide-{at}") for at in range(2)]
        for at, run_id in enumerate(wide):
            for first in range(0, KEYS, PER_REQUEST):
                keys = range(first, first + PER_REQUEST)
                metrics = [{"key": f"m{key:05}", "value": key + at, "timestamp": 1, "step": 0} for key in keys]
                post("runs/log-batch", run_id=run_id, metrics=metrics)
        odd_experiment = post("experiments/create", name=LONG)["experiment_id"]
        odd = []
        for name in (LONG, RTL, OVERRIDE):
            params = [{"key": f"k{LONG}", "value": "v" * 500}, {"key": "title", "value": RTL}]
            tags = [{"key": "owner", "value": RTL}, {"key": LONG[:200], "value": OVERRIDE}]
            metrics = [{"key": f"m{LONG}", "value": 0.5, "timestamp": 1, "step": 0}]
            odd.append(run(odd_experiment, name, params=params, tags=tags, metrics=metrics))
        for name in (LONG, RTL):
            post("registered-models/create", name=name, description=f"{RTL}\n\n{LONG * 3}")
    return Hard(wide_experiment=wide_experiment, wide=wide, odd_experiment=odd_experiment, odd=odd)


def test_any_of_ten_thousand_columns_is_found_and_shown(page: Page, hard: Hard) -> None:
    """The table starts with a few; the others are found by name, and only what is seen is drawn."""
    page.goto(f"/experiments/{hard.wide_experiment}")
    grid = page.get_by_role("grid", name="Runs")
    expect(grid.get_by_role("link", name="wide-1")).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Find a column").fill("m09876")
    page.get_by_role("checkbox", name=re.compile("m09876")).click()
    page.keyboard.press("Escape")

    expect(page.get_by_role("columnheader").filter(has_text="m09876")).to_be_visible()
    expect(grid.get_by_text("9,877")).to_be_visible()
    assert 3000 > page.evaluate("document.querySelectorAll('*').length")


def test_any_of_ten_thousand_metrics_of_a_run_is_found(page: Page, hard: Hard) -> None:
    page.goto(f"/runs/{hard.wide[1]}")
    expect(page.get_by_text("9,800 more; type above to find them.")).to_be_visible()
    page.get_by_label("Find in Metrics").fill("m09876")

    expect(page.get_by_role("group", name="Metrics")).to_contain_text("9,877")


def test_runs_with_ten_thousand_differences_are_compared(page: Page, hard: Hard) -> None:
    page.goto(f'/compare?runs=["{hard.wide[0]}","{hard.wide[1]}"]')
    table = page.get_by_role("region", name="Differences between the runs")
    expect(table.get_by_text("9,800 more; find them by name above.")).to_be_visible()
    page.get_by_label("Find a key").fill("m09876")

    expect(table.get_by_role("row", name=re.compile("m09876.*9,876.*9,877"))).to_be_visible()
    expect(table.get_by_role("row", name=re.compile("^m00001"))).to_have_count(0)


ODD = {
    "experiments": ("/experiments", LONG),
    "table": ("/experiments/{experiment}", RTL),
    "long run": ("/runs/{long}", LONG),
    "run from right to left": ("/runs/{rtl}", RTL),
    "comparison": ('/compare?runs=["{long}","{rtl}"]', RTL),
    "models": ("/models", LONG),
    "long model": (f"/models/{LONG}", LONG),
    "model from right to left": (f"/models/{RTL}", RTL),
}


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ODD)
def test_long_names_and_those_from_right_to_left_fit(
    name: str, width: int, page: Page, hard: Hard, axe: Callable[[], list[str]]
) -> None:
    """Whole in the heading or in the title, inside the window, and read by everyone."""
    path, shown = ODD[name]
    path = path.replace("{experiment}", hard.odd_experiment).replace("{long}", hard.odd[0])
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(path.replace("{rtl}", hard.odd[1]))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main").get_by_text(shown, exact=True).first).to_be_attached()
    page.wait_for_load_state("networkidle")

    assert width >= page.evaluate("document.documentElement.scrollWidth")
    assert [] == axe()


def test_a_name_that_turns_the_direction_turns_only_itself(page: Page, hard: Hard) -> None:
    """What follows such a name stands after it, in its own order."""
    page.goto(f"/runs/{hard.odd[2]}")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(OVERRIDE)

    assert "plaintext" == heading.evaluate("it => getComputedStyle(it).unicodeBidi")
    crumb = page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Experiments")
    expect(crumb).to_be_visible()


def test_environments_are_compared_line_by_line(page: Page, base_url: str) -> None:
    """Only the libraries that differ, with the version of each side."""
    with httpx.Client(base_url=base_url, timeout=60) as http:
        made = http.post("/api/2.0/mlflow/experiments/create", json={"name": "environments"}).json()
        runs = []
        for at in (1, 2):
            asked = {"experiment_id": made["experiment_id"], "run_name": f"env-{at}"}
            run = http.post("/api/2.0/mlflow/runs/create", json=asked).json()["run"]["info"]["run_id"]
            files = {"model/requirements.txt": f"numpy==2.{at}.0\nscipy==1.9.3\n", "model/MLmodel": "flavors: {}\n"}
            for path, text in files.items():
                put = http.put(f"/api/v1/artifacts/runs/{run}/file", params={"path": path}, content=text.encode())
                assert put.is_success, put.text
            runs.append(run)
    page.goto(f'/compare?runs=["{runs[0]}","{runs[1]}"]')
    table = page.get_by_role("region", name="Differences between the runs")

    expect(table.get_by_role("rowheader", name="Environment")).to_be_visible()
    expect(table.get_by_role("row", name=re.compile(r"numpy.*2\.1\.0.*2\.2\.0"))).to_be_visible()
    expect(table.get_by_role("row", name=re.compile("scipy"))).to_have_count(0)


REFUSED = {
    "experiments": ("/experiments", "**/api/v1/experiments?*"),
    "runs": ("/experiments/{experiment}", "**/api/v1/runs/*"),
    "run": ("/runs/{spiky}", "**/api/v1/runs/{spiky}"),
    "compare": ('/compare?runs=["{spiky}","{hostile}"]', "**/api/v1/runs/compare"),
    "models": ("/models", "**/api/v1/models?*"),
    "version": ("/models/churn/versions/1", "**/api/v1/models/churn/versions/1"),
    "deployment": (f"/deployments/{DEPLOYMENT}", f"**/api/v1/deployments/{DEPLOYMENT}"),
    "rollout": ("/rollouts/{rolling}", "**/api/v1/rollouts/{rolling}?*"),
    "prediction": ("/predictions/{prediction}", "**/api/v1/predictions/{prediction}"),
    "server": ("/server", "**/api/v1/health"),
}
WAYS_ON = {403: "Ask an administrator", 409: "Reload to see the present state", 500: "This is the server's fault"}


@pytest.mark.parametrize("status", WAYS_ON)
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_said_in_the_servers_words(
    name: str, status: int, page: Page, seeded: Seeded, served: Served, console: Console
) -> None:
    """With the request id and a way on; the frame around it still works."""
    console.expect_refusal(status)
    path, asked = (named(text, seeded, served) for text in REFUSED[name])
    said = {"code": "refused", "message": f"because of {status}", "facts": {}, "request_id": "abc123"}
    page.route(asked, lambda route: route.fulfill(status=status, json=said))
    page.goto(path)
    alert = page.get_by_role("alert").first

    expect(alert).to_contain_text(f"because of {status}", timeout=60_000)
    expect(alert).to_contain_text(WAYS_ON[status])
    expect(alert).to_contain_text("abc123")
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Models")).to_be_visible()


@pytest.mark.parametrize("name", REFUSED)
def test_a_slow_answer_is_waited_for(name: str, page: Page, seeded: Seeded, served: Served) -> None:
    """The page says that it loads, and shows what was asked for once it comes."""
    path, asked = (named(text, seeded, served) for text in REFUSED[name])
    held: list[Route] = []
    is_slow = True

    def answer(route: Route) -> None:
        if is_slow:
            held.append(route)
        else:
            route.continue_()

    page.route(asked, answer)
    # The page says so also while its own code comes: the question must have been asked.
    with page.expect_request(asked):
        page.goto(path)
    loading = page.locator("main").get_by_role("status", name="Loading")
    expect(loading.first).to_be_visible()
    is_slow = False
    for route in held:
        route.continue_()

    expect(loading).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that a proxy shows under a path."""
    with running_server(Path(tmp_path_factory.mktemp("prefixed")), "--url-prefix", "/ml/models") as url:
        yield f"{url}/ml/models"


@pytest.fixture
def under(page: Page, console: Console, prefixed: str) -> Iterator[list[str]]:
    """Every address that the page asks for; the console is told that this server is no stranger."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield asked
    console.complaints = [line for line in console.complaints if not line.startswith(f"outside: {prefixed}/")]


def test_everything_works_under_a_prefix(page: Page, prefixed: str, under: list[str], console: Console) -> None:
    """Assets, API, live push, links and deep addresses: nothing is asked for outside the prefix."""
    with httpx.Client(base_url=prefixed, timeout=60) as http:
        made = http.post("/api/2.0/mlflow/experiments/create", json={"name": "under a prefix"}).json()
        asked = {"experiment_id": made["experiment_id"], "run_name": "deep"}
        run = http.post("/api/2.0/mlflow/runs/create", json=asked).json()["run"]["info"]["run_id"]
        http.put(f"/api/v1/artifacts/runs/{run}/file", params={"path": "note.txt"}, content=b"under the prefix")
    page.goto(f"{prefixed}/experiments")
    page.get_by_role("link", name="under a prefix").click()
    page.get_by_role("grid", name="Runs").get_by_role("link", name="deep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("deep")
    page.goto(f"{prefixed}/runs/{run}?tab=artifacts&path=note.txt")
    expect(page.get_by_text("under the prefix")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("Jobs")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    expect(page).to_have_url(f"{prefixed}/jobs")
    assert [] == [url for url in under if not url.startswith((f"{prefixed}/", "data:", "blob:"))]
