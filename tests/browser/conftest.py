"""Browser tests: the real server, Debian's Chromium, one context per test.

Any console message of weight, any violation of the content policy and any request to another host fails the test
in which it happens. `npm ci` in frontend/ brings axe; `make system` brings Chromium.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.seed import Seeded, seed
from tests.browser.server import CHROMIUM, FLAGS, running_server
from tests.browser.serving import Served, Serving, running_node, serve

_ROOT = Path(__file__).parents[2]
_AXE = _ROOT / "frontend/node_modules/axe-core/axe.min.js"
# A busy machine is not a fault: a test waits for what it expects, and fails when it does not come at all.
expect.set_options(timeout=30_000)

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's loop stays in its thread, where tests that run a loop of their own fail."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-GB",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with an empty home, on a free port."""
    with running_server(tmp_path_factory.mktemp("browser")) as url:
        yield url


@pytest.fixture(scope="session")
def seeded(base_url: str) -> Seeded:
    """What is on the server before the first test: runs with series, files, a model with versions."""
    return seed(base_url)


@pytest.fixture(scope="session")
def serving(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A real node beside the server, and the way to ask for things of one's own."""
    with running_node(base_url, tmp_path_factory.mktemp("node") / "home") as asking:
        yield asking


@pytest.fixture(scope="session")
def served(base_url: str, seeded: Seeded, serving: Serving) -> Served:
    """What is served before the first test that looks at it."""
    return serve(base_url, serving)


class Console:
    """What the page complained about. A test that provokes a refusal says so with `expect_refusal`."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._expected: tuple[str, ...] = ()

    def expect_refusal(self, *statuses: int) -> None:
        """The browser itself reports answers with these statuses as errors; here they are the subject."""
        self._expected = tuple(f"status of {status} " for status in statuses)

    def unexpected(self) -> list[str]:
        return [line for line in self.complaints if not any(known in line for known in self._expected)]


@pytest.fixture(autouse=True)
def console(page: Page, base_url: str) -> Iterator[Console]:
    seen = Console()
    page.on(
        "console",
        lambda message: (
            seen.complaints.append(f"{message.type}: {message.text}") if message.type in {"error", "warning"} else None
        ),
    )
    page.on("pageerror", lambda error: seen.complaints.append(f"uncaught: {error}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((base_url, "data:", "blob:"))
            else seen.complaints.append(f"outside: {request.url}")
        ),
    )
    yield seen
    assert not seen.unexpected(), seen.unexpected()


@pytest.fixture(scope="module")
def warm_context(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """One context for the tests of a module that only look: the page's code is fetched and compiled once."""
    with browser.new_context(**browser_context_args) as context:
        yield context


@pytest.fixture
def warm_page(warm_context: BrowserContext) -> Iterator[Page]:
    """A page of its own in the context that is shared; a module takes it as its `page`."""
    with warm_context.new_page() as page:
        yield page


@pytest.fixture
def axe(page: Page) -> Callable[[], list[str]]:
    """Findings of the WCAG 2.2 AA rules on the page as it stands, as text."""
    source = _AXE.read_text()

    def check() -> list[str]:
        # Colours go from one to the other when a button can be pressed, or the theme changes. With reduced motion, as
        # the tests ask for, nothing goes on for ever.
        page.evaluate("() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished))")
        # Evaluating is not stopped by the content policy; adding a script tag is.
        page.evaluate(source + "; void 0")
        # Every rule is tried on every element; what passes is not written up, which took two thirds of the time.
        result = page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})",
            _RULES,
        )
        return [
            f"{found['id']} ({found['impact']}): {node['html'][:200]}"
            for found in result["violations"]
            for node in found["nodes"]
        ]

    return check
