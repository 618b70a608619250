"""The jobs of a data scientist and of an ML engineer, without a mouse."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.seed import HOSTILE, Seeded

TABS = 60


def _tab_to(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    """Press Tab until the control has the focus, as somebody does who has no mouse."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # a role
    expect(wanted).to_be_visible()
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            return
    pytest.fail(f"{role} {name} cannot be reached with Tab")


def _open(page: Page, address: str, title: str | re.Pattern[str]) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_a_run_is_found_and_opened(page: Page, seeded: Seeded) -> None:
    """However quickly one types: Enter takes what is found for these words, also when the answer comes later."""
    _open(page, "/", "Overview")
    held: list[Route] = []

    def hold(question: Route) -> None:
        held.append(question)

    page.route("**/api/v1/search?*", hold)
    page.keyboard.press("Control+k")
    page.keyboard.type("run-117")
    page.keyboard.press("Enter")
    page.route("**/api/v1/search?*", lambda question: question.continue_())
    for question in held:
        question.continue_()

    expect(page.get_by_role("heading", level=1)).to_have_text("run-117")


def test_runs_are_filtered_and_two_compared(page: Page, seeded: Seeded) -> None:
    """The slash leads to the query, j, k and x mark, and the link to the comparison is reached with Tab."""
    _open(page, f"/experiments/{seeded.experiment}", "churn")
    grid = page.get_by_role("grid", name="Runs")
    expect(grid.get_by_role("link", name="run-259")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Query")).to_be_focused()
    page.keyboard.type("params.model = 'forest'")
    page.keyboard.press("Enter")
    expect(page.get_by_text("87 runs match")).to_be_visible()
    _tab_to(page, "grid", "Runs")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_text("2 marked")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    compare = page.get_by_role("link", name="Compare 2 runs")
    expect(compare).to_be_visible()
    for _ in range(TABS):
        if compare.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 runs")


def test_the_best_run_is_registered(page: Page, seeded: Seeded) -> None:
    _open(page, f"/runs/{seeded.spiky}", "run-259")
    _tab_to(page, "button", "Actions")
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitem", name="Register a model…")
    expect(item).to_be_visible()
    for _ in range(4):
        if item.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    _tab_to(page, "textbox", "Model")
    page.keyboard.type("by-keyboard")
    _tab_to(page, "button", "Register")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/models/by-keyboard/versions/1$"))


def test_an_alias_is_moved(page: Page, seeded: Seeded) -> None:
    _open(page, f"/models/{seeded.model}/versions/3", "Version 3")
    _tab_to(page, "button", "Set alias")
    page.keyboard.press("Enter")
    _tab_to(page, "combobox", "Alias")
    page.keyboard.press("Control+a")
    page.keyboard.type("challenger")
    expect(page.get_by_role("button", name=re.compile("@challenger"))).to_be_enabled()
    _tab_to(page, "button", re.compile("@challenger"))
    page.keyboard.press("Enter")

    expect(page.get_by_text(f"{seeded.model}@challenger is version 3 now.")).to_be_visible()


def test_a_comment_is_written(page: Page, seeded: Seeded) -> None:
    _open(page, f"/runs/{seeded.runs[5]}", "run-005")
    _tab_to(page, "textbox", "Add a comment")
    page.keyboard.type("Written without a mouse.")
    _tab_to(page, "button", "Comment")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Written without a mouse.")).to_be_visible()
    expect(page.get_by_role("heading", name="Comments (1)")).to_be_visible()


def test_an_artifact_is_downloaded(page: Page, seeded: Seeded) -> None:
    _open(page, f"/runs/{seeded.spiky}?tab=artifacts", "run-259")
    _tab_to(page, "button", "scores.csv")
    page.keyboard.press("Enter")
    _tab_to(page, "link", re.compile("Download"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")

    assert "scores.csv" == download.value.suggested_filename


def test_a_table_is_sorted_without_a_mouse(page: Page, seeded: Seeded) -> None:
    """Left and right choose a column, s sorts by it."""
    _open(page, f"/experiments/{seeded.experiment}", "churn")
    grid = page.get_by_role("grid", name="Runs")
    expect(grid.get_by_role("link", name="run-259")).to_be_visible()
    grid.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")

    expect(page).to_have_url(re.compile("sort=attributes.run_name"))
    expect(grid.get_by_role("row").nth(1)).to_contain_text(HOSTILE)
