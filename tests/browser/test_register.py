"""An ML engineer's jobs: look at a version, and say which one is the champion."""

import re

from playwright.sync_api import Page, expect

from tests.browser.seed import Seeded


def test_a_version_shows_where_it_comes_from_and_what_it_takes(page: Page, seeded: Seeded) -> None:
    page.goto(f"/models/{seeded.model}/versions/1")

    expect(page.get_by_role("link", name="run-259")).to_be_visible()
    expect(page.get_by_role("group", name="Inputs and outputs")).to_contain_text("age")
    expect(page.get_by_text("@champion", exact=True)).to_be_visible()


def test_an_alias_moves_after_its_consequences_were_said(page: Page, seeded: Seeded) -> None:
    """What will be so afterwards stands on the page before the click; the move is in the history after it."""
    page.goto(f"/models/{seeded.model}/versions/2")
    page.get_by_role("button", name="Set alias").click()
    page.get_by_role("combobox", name="Alias").fill("champion")
    expect(page.get_by_role("button", name="Move @champion")).to_be_enabled()
    page.get_by_role("textbox", name=re.compile("^Why")).fill("Better on new customers.")
    page.get_by_role("button", name="Move @champion").click()
    expect(page.get_by_text("churn@champion is version 2 now.")).to_be_visible()
    page.goto(f"/models/{seeded.model}")
    page.get_by_role("button", name="Show the history of champion").click()

    expect(page.get_by_text("version 1 → 2")).to_be_visible()
    expect(page.get_by_text("Better on new customers.")).to_be_visible()


def test_the_files_of_a_version_are_there(page: Page, seeded: Seeded) -> None:
    page.goto(f"/models/{seeded.model}/versions/1?tab=files")
    page.get_by_role("button", name="MLmodel").click()

    expect(page.get_by_text("signature:")).to_be_visible()


def test_a_description_is_markdown_that_does_nothing(page: Page, seeded: Seeded) -> None:
    page.goto(f"/models/{seeded.model}")
    page.get_by_role("button", name="Edit description").click()
    page.get_by_role("textbox", name="Edit description").fill("**Bold** <script>document.title = 'owned'</script>")
    page.get_by_role("button", name="Save description").click()

    expect(page.locator("strong", has_text="Bold")).to_be_visible()
    expect(page).not_to_have_title("owned")
