"""Every page: it opens, it is readable by everyone, and nothing in it goes wrong."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seed import Seeded

PAGES = {
    "overview": ("/", "Overview"),
    "experiments": ("/experiments", "Experiments"),
    "runs": ("/experiments/{experiment}", "churn"),
    "runs as charts": ("/experiments/{experiment}?view=charts", "churn"),
    "runs as parallel coordinates": ("/experiments/{experiment}?view=parallel", "churn"),
    "runs as scatter": ("/experiments/{experiment}?view=scatter", "churn"),
    "run": ("/runs/{spiky}", "run-259"),
    "run's charts": ("/runs/{spiky}?tab=charts", "run-259"),
    "run's files": ("/runs/{spiky}?tab=artifacts&path=scores.csv", "run-259"),
    "compare": ('/compare?runs=["{spiky}","{hostile}"]', "Compare 2 runs"),
    "models": ("/models", "Models"),
    "model": ("/models/churn", "churn"),
    "version": ("/models/churn/versions/1", "Version 1"),
    "version's files": ("/models/churn/versions/1?tab=files&path=MLmodel", "Version 1"),
    "version's lineage": ("/models/churn/versions/1?tab=lineage", "Version 1"),
    "jobs": ("/jobs", "Jobs"),
    "server": ("/server", "Server"),
    "activity": ("/activity", "Activity"),
    "design system": ("/design", "Design system"),
    "unknown address": ("/nowhere/at/all", "There is no such page"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_by_everyone(
    name: str, theme: str, page: Page, seeded: Seeded, axe: Callable[[], list[str]]
) -> None:
    """No page has an accessibility finding, in either theme."""
    path, title = PAGES[name]
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(_address(path, seeded))
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state("networkidle")

    assert [] == axe()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(name: str, page: Page, seeded: Seeded) -> None:
    """At 390 pixels nothing but tables and code scrolls sideways."""
    path, title = PAGES[name]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(_address(path, seeded))
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state("networkidle")

    assert 390 >= page.evaluate("document.documentElement.scrollWidth")


def test_the_first_visit_moves_less_than_150_kb(page: Page, seeded: Seeded) -> None:
    """Everything that the runs table needs on a first visit, as it crosses the wire."""
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", "0"))))
    page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("grid", name="Runs").get_by_role("row").nth(5)).to_be_visible()

    assert 150_000 > sum(sizes)


def _address(path: str, seeded: Seeded) -> str:
    return path.format(experiment=seeded.experiment, spiky=seeded.spiky, hostile=seeded.hostile)
