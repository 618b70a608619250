"""Every page: it opens, it is readable by everyone, and nothing in it goes wrong."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import PAGES, named
from tests.browser.seed import Seeded
from tests.browser.serving import Served


@pytest.fixture
def page(warm_page: Page) -> Page:
    return warm_page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_by_everyone(
    name: str, page: Page, seeded: Seeded, served: Served, axe: Callable[[], list[str]]
) -> None:
    """No page has an accessibility finding, in either theme."""
    path, title = PAGES[name]
    page.emulate_media(color_scheme="light")
    page.goto(named(path, seeded, served))
    expect(page.get_by_role("heading", level=1)).to_have_text(named(title, seeded, served))
    page.wait_for_load_state("networkidle")
    light = axe()
    page.emulate_media(color_scheme="dark")

    assert ([], []) == (light, axe())
