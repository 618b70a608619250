"""What works on every page: finding by name, shortcuts, themes, and a server that is away."""

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Console
from tests.browser.pages import press_together, shown_in_time
from tests.browser.seed import DATASET, Seeded


def find_box(page: Page) -> Locator:
    """Where names are typed, called up from a page that has nothing to do with what is sought."""
    page.goto("/jobs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    page.keyboard.press("Control+k")
    return page.get_by_role("combobox", name=re.compile("^Find"))


def test_anything_is_found_by_name_from_anywhere(page: Page, seeded: Seeded) -> None:
    find_box(page).fill("churn")
    page.get_by_role("option", name=re.compile("churn.*model")).click()

    expect(page).to_have_url(re.compile("/models/churn$"))


def test_a_run_is_found_by_how_its_name_or_id_begins(page: Page, seeded: Seeded) -> None:
    box = find_box(page)
    box.fill("RUN-25")
    expect(page.get_by_role("option", name=re.compile("run-250.*run"))).to_be_visible()
    box.fill(seeded.spiky[:10])
    page.get_by_role("option", name=re.compile("run-259.*run")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("run-259")


def test_a_dataset_is_found_by_a_part_of_its_name(page: Page, seeded: Seeded) -> None:
    find_box(page).fill("hurn.CSV")
    page.get_by_role("option", name=re.compile("churn.csv")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(DATASET)


def test_an_alias_leads_to_its_version(page: Page, seeded: Seeded) -> None:
    find_box(page).fill("@champ")
    page.get_by_role("option", name=re.compile("churn@champion")).click()

    expect(page).to_have_url(re.compile("/models/churn/versions/"))


def test_pages_are_two_keys_away(page: Page, seeded: Seeded) -> None:
    page.goto("/jobs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    press_together(page, "gm")

    expect(page.get_by_role("heading", level=1)).to_have_text("Models")


def test_the_keys_are_listed_on_demand(page: Page, seeded: Seeded) -> None:
    page.goto("/jobs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    page.keyboard.press("?")

    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_a_theme_stays_after_a_reload(page: Page, seeded: Seeded) -> None:
    page.goto("/jobs")
    page.get_by_role("button", name="Switch to light").click()
    page.get_by_role("button", name="Switch to dark").click()
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_theme_that_changes_under_an_open_page_is_readable_at_once(
    page: Page, seeded: Seeded, axe: Callable[[], list[str]]
) -> None:
    """Where less motion is asked for, no colour is on its way: it would go down the page element by element."""
    page.emulate_media(color_scheme="light")
    page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("link", name="run-259")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    head, ink, moving = page.evaluate(
        """() => {
            const colour = (element) => getComputedStyle(element).color;
            const probe = document.body.appendChild(document.createElement("span"));
            probe.style.color = "var(--ink-3)";
            const head = document.querySelector("[role=columnheader]");
            return [colour(head), colour(probe), document.getAnimations().length];
        }"""
    )

    assert (ink, 0) == (head, moving)
    assert [] == axe()


def test_a_server_that_is_away_is_said_in_words(page: Page, seeded: Seeded, console: Console) -> None:
    """Nothing blank, nothing raw: the page says what is so, and tries again."""
    console.expect_refusal(503)

    def away(route: Route) -> None:
        route.fulfill(status=503, json={"code": "unavailable", "message": "The database is away.", "facts": {}})

    page.route("**/api/v1/jobs*", away)
    page.clock.install()
    page.goto("/jobs")

    shown_in_time(page, page.get_by_role("alert").filter(has_text="The database is away."))


def test_a_fault_of_the_server_names_the_request(page: Page, seeded: Seeded, console: Console) -> None:
    console.expect_refusal(500)
    fault = {"code": "internal", "message": "the server failed", "facts": {}, "request_id": "abc123"}
    page.route("**/api/v1/jobs*", lambda route: route.fulfill(status=500, json=fault))
    page.goto("/jobs")

    expect(page.get_by_role("alert")).to_contain_text("abc123")


def test_comments_and_events_go_on_beyond_the_first_hundreds(page: Page, base_url: str, seeded: Seeded) -> None:
    with httpx.Client(base_url=base_url, timeout=60) as http:
        for number in range(201):
            body = {"about": "runs/of-many-words", "body": f"number {number}, @paula"}
            assert http.post("/api/v1/comments", json=body).is_success
    page.goto("/activity?view=comments&mentions=paula")
    comments = page.get_by_role("main").get_by_role("listitem").filter(has_text="number ")
    expect(comments).to_have_count(100)
    page.get_by_role("button", name="More comments").click()
    expect(comments).to_have_count(200)
    page.get_by_role("button", name="More comments").click()
    expect(comments).to_have_count(201)
    expect(page.get_by_role("button", name="More comments")).to_have_count(0)
    page.goto("/activity?subject=runs/of-many-words")
    events = page.get_by_role("list", name="Events").get_by_role("listitem").filter(has_text="omment")
    expect(events).to_have_count(200)
    page.get_by_role("button", name="More events").click()

    expect(events).to_have_count(201)


def test_activity_says_what_happened_and_shows_it_as_recorded(page: Page, seeded: Seeded) -> None:
    """In words and fields, with a way to the thing; the record itself on request, on a phone too."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/activity?subject=models/{seeded.model}")
    event = page.get_by_role("list", name="Events").get_by_role("listitem").filter(has_text="Alias moved")
    expect(event.last.get_by_role("link", name=f"model {seeded.model}")).to_be_visible()
    expect(event.last.get_by_text("champion", exact=True)).to_be_visible()
    expect(event.last.get_by_text('"registry.alias.moved"')).to_be_hidden()
    event.last.get_by_text("As recorded").click()

    expect(event.last.get_by_text('"registry.alias.moved"')).to_be_visible()
    assert 390 >= page.evaluate("document.documentElement.scrollWidth")
