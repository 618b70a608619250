"""The first visit of every page: it is light, and on a phone, in the dark, it fits.

A module of its own, so that it runs beside the other one that opens every page.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import PAGES, named, settled, weight
from tests.browser.seed import Seeded
from tests.browser.serving import Served

CODE = 150_000
# The design system shows every part there is.
MORE_CODE = {"design system": 215_000}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(name: str, page: Page, seeded: Seeded, served: Served) -> None:
    """At 320 pixels nothing but tables and code scrolls sideways, and the first visit's code is below the budget."""
    path, title = PAGES[name]
    code: dict[str, int] = {}
    page.on("response", lambda answer: code.update({answer.url: 0 if "/api/" in answer.url else weight(answer)}))
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(named(path, seeded, served))
    expect(page.get_by_role("heading", level=1)).to_have_text(named(title, seeded, served))
    page.wait_for_load_state("networkidle")

    assert 320 >= page.evaluate("document.documentElement.scrollWidth")
    heaviest = "\n".join(f"{size} {url}" for url, size in sorted(code.items(), key=lambda item: -item[1]))
    assert MORE_CODE.get(name, CODE) > sum(code.values()) > 0, heaviest


FIRST_VISITS = {
    "overview": ("/", "link", "churn"),
    "runs": ("/experiments/{experiment}", "link", "run-259"),
    "run's files": ("/runs/{spiky}?tab=artifacts&path=scores.csv", "cell", "ada"),
    "run's charts": ("/runs/{spiky}?tab=charts", "heading", "val/auc"),
    "model": ("/models/churn", "heading", "churn"),
}


@pytest.mark.parametrize("name", FIRST_VISITS)
def test_the_first_visit_moves_less_than_150_kb(name: str, page: Page, seeded: Seeded) -> None:
    """Everything that a browser fetches to show a page for the first time, data too, as it crosses the wire.

    The points of a chart come on top, once its frame stands: they are as many as were logged and the window can show.
    """
    path, role, shown = FIRST_VISITS[name]
    sizes: dict[str, int] = {}

    page.on("response", lambda answer: sizes.update({answer.url: weight(answer)}))
    page.goto(path.format(experiment=seeded.experiment, spiky=seeded.spiky))
    expect(page.get_by_role(role, name=shown, exact=True).first).to_be_visible()  # type: ignore[arg-type]  # a role
    settled(page)

    sizes = {url: size for url, size in sizes.items() if not url.endswith("/runs/series")}
    assert any("/api/v1/" in url for url in sizes)
    assert 150_000 > sum(sizes.values()), sorted(sizes.items(), key=lambda item: -item[1])
