"""A data scientist's jobs: find runs, look at one, compare some. By mouse and by keyboard."""

import re
import struct

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Console
from tests.browser.seed import DATASET, HOSTILE, RUNS, SPIKE, Seeded

ALL = RUNS + 1


@pytest.fixture
def runs(page: Page, seeded: Seeded) -> Page:
    page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("grid", name="Runs")).to_have_attribute("aria-rowcount", str(ALL + 1))
    return page


def test_the_table_says_how_many_runs_there_are(runs: Page) -> None:
    """The total is that of all matching runs, not of those that were fetched."""
    expect(runs.get_by_text(f"{ALL} runs match")).to_be_visible()


def test_columns_that_tell_runs_apart_are_there_without_asking(runs: Page) -> None:
    headers = runs.get_by_role("columnheader")

    expect(headers.filter(has_text="learning_rate")).to_be_visible()
    expect(headers.filter(has_text="val/auc")).to_be_visible()
    expect(headers.filter(has_text="seed")).to_have_count(0)


def test_the_end_of_the_table_is_one_key_away(runs: Page) -> None:
    """Rows are fetched where the scrollbar stands; nothing loads more and more."""
    runs.get_by_role("grid", name="Runs").press("End")

    expect(runs.get_by_text("run-000")).to_be_visible()


def test_a_query_narrows_the_table_and_stands_in_the_address(runs: Page) -> None:
    box = runs.get_by_role("combobox", name="Query")
    box.fill("params.model = 'forest' and metrics.`val/auc` > 0.9")
    box.press("Enter")

    expect(runs.get_by_role("grid", name="Runs")).not_to_have_attribute("aria-rowcount", str(ALL + 1))
    expect(runs).to_have_url(re.compile(r"q=params\.model"))
    runs.reload()
    expect(runs.get_by_role("combobox", name="Query")).to_have_value(re.compile(r"^params\.model = 'forest'"))


def test_a_wrong_query_is_marked_where_it_is_wrong(runs: Page, console: Console) -> None:
    console.expect_refusal(400)
    box = runs.get_by_role("combobox", name="Query")
    box.fill("metrics.auc >")
    box.press("Enter")

    expect(runs.get_by_role("alert").first).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")


def test_keys_are_completed(runs: Page) -> None:
    box = runs.get_by_role("combobox", name="Query")
    box.fill("val/l")
    box.press("ArrowDown")
    box.press("Enter")

    expect(box).to_have_value("metrics.`val/loss` ")


def test_a_header_sorts_all_runs(runs: Page) -> None:
    """The order is the server's: the best of all runs comes first, not the best of those that were fetched."""
    runs.get_by_role("columnheader").filter(has_text="val/auc").get_by_role("button").click()

    expect(runs.get_by_role("row").nth(1)).to_contain_text("0.96")


def test_runs_are_marked_and_compared_by_keyboard_alone(runs: Page) -> None:
    grid = runs.get_by_role("grid", name="Runs")
    grid.focus()
    for key in ("j", "x", "j", "x"):
        grid.press(key)
    expect(runs.get_by_text("2 marked")).to_be_visible()
    runs.get_by_role("link", name="Compare 2 runs").press("Enter")

    expect(runs.get_by_role("heading", level=1)).to_have_text("Compare 2 runs")


def test_enter_opens_the_run_under_the_mark(runs: Page) -> None:
    grid = runs.get_by_role("grid", name="Runs")
    grid.focus()
    grid.press("j")
    grid.press("Enter")

    expect(runs.get_by_role("heading", level=1)).to_have_text(HOSTILE)


def test_a_chart_keeps_its_spike(page: Page, seeded: Seeded) -> None:
    """One point of two thousand stands out, and the chart says so."""
    page.goto(f"/runs/{seeded.spiky}?tab=charts")
    chart = page.get_by_role("img", name="train/loss")

    expect(chart).to_have_attribute("aria-label", re.compile(f"highest {SPIKE}"))
    expect(chart).to_have_attribute("data-ready", re.compile(r"\d{2,}"))


def test_a_zoom_is_part_of_the_address(page: Page, seeded: Seeded) -> None:
    page.goto(f"/runs/{seeded.spiky}?tab=charts")
    chart = page.get_by_role("img", name="train/loss")
    expect(chart).to_have_attribute("data-ready", re.compile(r"\d{2,}"))
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 80, steps=4)
    page.mouse.up()

    expect(page).to_have_url(re.compile("zoom="))
    expect(page.get_by_role("button", name=re.compile("show all"))).to_be_visible()


def test_charts_that_appear_together_ask_together(page: Page, seeded: Seeded) -> None:
    """One request for the series of all charts in sight, which goes out before they are drawn."""
    asked: list[list[str]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/runs/series"):
            asked.append((request.post_data_json or {})["keys"])

    page.on("request", note)
    page.goto(f"/experiments/{seeded.experiment}?view=charts")
    expect(page.get_by_role("img", name="train/loss")).to_have_attribute("data-ready", re.compile(r"\d+"))
    for metric in ("val/auc", "val/loss"):
        expect(page.get_by_role("region", name=f"Values of {metric}").get_by_role("listitem")).to_have_count(10)

    assert ["train/loss", "val/auc", "val/loss"] == sorted(asked[0])


def test_a_chart_is_saved_as_a_picture_with_its_name_and_legend(page: Page, seeded: Seeded) -> None:
    page.goto(f"/runs/{seeded.spiky}?tab=charts")
    chart = page.get_by_role("img", name="train/loss")
    expect(chart).to_have_attribute("data-ready", re.compile(r"\d{2,}"))
    box = chart.bounding_box()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save train/loss as a picture").click()
    picture = saving.value.path().read_bytes()
    width, height = struct.unpack(">II", picture[16:24])

    assert "train-loss.png" == saving.value.suggested_filename
    assert b"\x89PNG" == picture[:4]
    assert box
    assert abs(box["width"] - width) < 1
    assert height > box["height"] + 40  # a line for the name and one for the legend


def test_what_a_plot_shows_stands_in_the_address(page: Page, seeded: Seeded) -> None:
    page.goto(f"/experiments/{seeded.experiment}?view=scatter")
    page.get_by_label("Up", exact=True).select_option("params.learning_rate")
    page.get_by_label("Result", exact=True).select_option("metrics.val/loss")
    page.reload()

    expect(page.get_by_label("Up", exact=True)).to_have_value("params.learning_rate")
    expect(page.get_by_label("Result", exact=True)).to_have_value("metrics.val/loss")
    page.get_by_role("link", name="Parallel coordinates").click()
    page.get_by_label("Log axes where possible").check()
    expect(page).to_have_url(re.compile("logs=yes"))


def test_a_comparison_is_saved_as_a_table(page: Page, seeded: Seeded) -> None:
    page.goto(f'/compare?runs=["{seeded.spiky}","{seeded.hostile}"]')
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as saving:
        page.get_by_role("menuitem", name="Comparison as CSV").click()
    lines = saving.value.path().read_text().splitlines()

    assert ["about", "key", "differs", "run-259", HOSTILE] == lines[0].split(",")
    assert f"Run,run_id,yes,{seeded.spiky},{seeded.hostile}" == lines[1]
    assert any(line.startswith("Parameters,model,") for line in lines)


def test_a_query_that_was_asked_before_is_offered_again(runs: Page) -> None:
    query = "params.model = 'forest'"
    box = runs.get_by_role("combobox", name="Query")
    box.fill(query)
    box.press("Enter")
    expect(runs).to_have_url(re.compile(r"q=params\.model"))
    box.fill("")
    box.press("Enter")
    expect(runs).not_to_have_url(re.compile(r"q="))
    box.press("ArrowDown")
    expect(runs.get_by_role("listbox", name="Suggestions").get_by_role("option", selected=True)).to_contain_text(query)
    box.press("Enter")

    expect(runs).to_have_url(re.compile(r"q=params\.model"))


def test_a_view_is_kept_and_deleted_after_its_consequences_were_said(runs: Page) -> None:
    runs.get_by_role("button", name="Views").click()
    runs.get_by_role("button", name="Save this view").click()
    runs.get_by_role("textbox", name="Name").fill("mine for a moment")
    runs.get_by_role("button", name="Save view").click()
    runs.get_by_role("button", name="Views").click()
    runs.get_by_role("button", name="Delete view mine for a moment").click()
    expect(runs.get_by_text("Links to it still open")).to_be_visible()
    runs.get_by_role("button", name="Delete view", exact=True).click()

    expect(runs.get_by_role("dialog", name=re.compile("Delete the view"))).to_have_count(0)


def test_a_shared_view_is_the_default_until_that_is_undone(page: Page, seeded: Seeded) -> None:
    """It opens where the address names no view, gives way to what an address says, and can be left at once."""
    plain = f"/experiments/{seeded.experiment}"
    page.goto(f"{plain}?q=params.model %3D 'forest'")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Save this view").click()
    page.get_by_role("textbox", name="Name").fill("forests")
    page.get_by_role("checkbox", name="Everybody sees it").check()
    page.get_by_role("button", name="Save view").click()
    page.get_by_role("button", name="Views").click()
    default = page.get_by_role("button", name="Open with forests by default")
    default.click()
    expect(default).to_have_attribute("aria-pressed", "true")

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or "") if "/runs/" in request.url else None)
    page.goto(plain)
    expect(page).to_have_url(re.compile("q=params.model"))
    expect(page.get_by_role("link", name="Table 87")).to_be_visible()
    assert [] == [body for body in asked if "forest" not in body]
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Without a view").click()
    expect(page.get_by_role("link", name="Table 261")).to_be_visible()
    page.goto(f"{plain}?view=charts")
    expect(page.get_by_role("region", name="val/auc", exact=True)).to_be_visible()
    expect(page).not_to_have_url(re.compile("q="))

    page.get_by_role("button", name="Views").click()
    default.click()
    expect(default).to_have_attribute("aria-pressed", "false")
    page.goto(plain)
    expect(page.get_by_role("link", name="Table 261")).to_be_visible()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Delete view forests").click()
    page.get_by_role("button", name="Delete view", exact=True).click()
    expect(page.get_by_role("dialog", name=re.compile("Delete the view"))).to_have_count(0)


def test_parallel_coordinates_are_brushed_with_the_arrow_keys(page: Page, seeded: Seeded) -> None:
    """The upper end of an axis moved down by one step leaves the best run out, and Escape brings all back."""
    page.goto(f"/experiments/{seeded.experiment}?view=parallel&cols=%5B%22params.model%22%2C%22metrics.val%2Fauc%22%5D")
    highest = page.get_by_role("slider", name="val/auc: highest that is brushed")
    highest.press("ArrowDown")

    mark = page.get_by_role("button", name=re.compile(r"Mark \d+ brushed runs"))
    expect(mark).to_be_visible()
    highest.press("Escape")
    expect(mark).to_have_count(0)


def test_parallel_coordinates_are_brushed_by_dragging_and_the_runs_are_marked(page: Page, seeded: Seeded) -> None:
    page.goto(f"/experiments/{seeded.experiment}?view=parallel&cols=%5B%22params.model%22%2C%22metrics.val%2Fauc%22%5D")
    axis = page.get_by_role("group", name="val/auc").locator("div").first
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    assert box is not None
    across = box["x"] + box["width"] / 2
    page.mouse.move(across, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(across, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.get_by_role("button", name=re.compile(r"Mark \d+ brushed runs")).click()

    expect(page).to_have_url(re.compile("marked="))


def test_notes_are_edited_in_place(page: Page, seeded: Seeded) -> None:
    page.goto(f"/runs/{seeded.runs[0]}")
    page.get_by_role("button", name="Edit notes").click()
    page.get_by_role("textbox", name="Edit notes").fill("Tried a **lower** rate.")
    page.get_by_role("button", name="Save notes").click()

    expect(page.locator("strong", has_text="lower")).to_be_visible()


def test_a_run_is_deleted_after_its_consequences_were_said_and_comes_back(page: Page, seeded: Seeded) -> None:
    page.goto(f"/runs/{seeded.runs[1]}")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete…").click()
    expect(page.get_by_text("can be restored")).to_be_visible()
    page.get_by_role("button", name="Delete run").click()
    expect(page.get_by_text("deleted", exact=True)).to_be_visible()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Restore").click()

    expect(page.get_by_text("deleted", exact=True)).to_have_count(0)


def test_a_file_is_shown_and_nothing_in_it_runs(page: Page, seeded: Seeded) -> None:
    """An HTML artifact is text here: its script does not run, and nothing is fetched for it."""
    page.goto(f"/runs/{seeded.spiky}?tab=artifacts")
    page.get_by_role("button", name="report.html").click()

    expect(page.get_by_text("<h1>Report</h1>")).to_be_visible()
    expect(page).not_to_have_title("owned")


def test_a_hostile_name_is_only_a_name(page: Page, seeded: Seeded) -> None:
    page.goto(f"/runs/{seeded.hostile}")

    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.locator("main img[src=x]")).to_have_count(0)


def test_a_comment_is_written_and_read(page: Page, seeded: Seeded) -> None:
    page.goto(f"/runs/{seeded.runs[2]}")
    page.get_by_role("textbox", name="Add a comment").fill("Looks **good** to me.")
    page.get_by_role("button", name="Comment", exact=True).click()

    expect(page.get_by_role("heading", name="Comments (1)")).to_be_visible()


def test_an_experiment_is_described_and_commented_on(page: Page, seeded: Seeded) -> None:
    """What is said of all its runs stands beside them, and their page tells how much that is."""
    page.goto(f"/experiments/{seeded.experiment}")
    page.get_by_role("navigation", name="Views of the runs").get_by_role("link", name="About").click()
    page.get_by_role("textbox", name="Add a comment").fill("We stop **here**.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("heading", name="Comments (1)")).to_be_visible()
    page.get_by_role("button", name="Edit description").click()
    page.get_by_role("textbox", name="Edit description").fill("Who leaves, and why.")
    page.get_by_role("button", name="Save description").click()
    expect(page.get_by_text("Who leaves, and why.")).to_be_visible()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("textbox", name="Tag name").fill("owner")
    page.get_by_role("textbox", name="Tag value").fill("risk")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Remove tag owner")).to_be_visible()

    page.goto(f"/experiments/{seeded.experiment}")
    expect(page.get_by_role("link", name="About 1 comment")).to_be_visible()


def test_an_empty_experiment_teaches_how_to_fill_it(page: Page, seeded: Seeded, base_url: str) -> None:
    """The lines of code name this server, so that they work as they stand."""
    page.goto("/experiments")
    page.get_by_role("link", name="empty").click()

    expect(page.get_by_text(f'set_tracking_uri("{base_url}")')).to_be_visible()


def test_an_unknown_run_says_so_and_where_to_go_on(page: Page, console: Console, seeded: Seeded) -> None:
    console.expect_refusal(404)
    page.goto(f"/runs/{'0' * 32}")

    expect(page.get_by_role("alert")).to_contain_text("Search with Ctrl+K")
    expect(page.get_by_role("alert")).to_contain_text("Request")


def test_a_column_is_made_wider_and_pinned_and_the_address_says_so(runs: Page) -> None:
    """By dragging its edge, or by keys; a colleague who opens the address sees the same."""
    header = runs.get_by_role("columnheader").filter(has_text="val/auc")
    before = header.bounding_box()
    assert before
    runs.mouse.move(before["x"] + before["width"] - 3, before["y"] + before["height"] / 2)
    runs.mouse.down()
    runs.mouse.move(before["x"] + before["width"] + 77, before["y"] + before["height"] / 2, steps=4)
    runs.mouse.up()
    expect(runs).to_have_url(re.compile("widths="))
    grid = runs.get_by_role("grid", name="Runs")
    grid.focus()
    for key in (*["ArrowRight"] * 6, "p"):
        runs.keyboard.press(key)
    expect(runs).to_have_url(re.compile("pins="))
    runs.reload()
    expect(header).to_be_visible()
    after = header.bounding_box()

    assert after
    assert after["width"] > before["width"] + 60


def test_things_and_people_are_mentioned(page: Page, seeded: Seeded) -> None:
    """What exists is a link, and its page says where it was mentioned; a name is completed, and leads to comments."""
    page.goto(f"/runs/{seeded.runs[7]}")
    box = page.get_by_role("textbox", name="Add a comment")
    box.fill("First of all, @zoe-k.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("heading", name="Comments (1)")).to_be_visible()
    box.fill("")
    box.press_sequentially("As churn:2, unlike churn:99 and <b>churn:3</b>: @zo")
    expect(page.get_by_role("option", name="@zoe-k")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("As churn:2, unlike churn:99 and <b>churn:3</b>: @zoe-k ")
    page.get_by_role("button", name="Comment", exact=True).click()
    said = page.get_by_role("region", name="Comments").get_by_role("listitem").nth(1)
    expect(said.get_by_role("link")).to_have_text(["churn:2", "churn:3", "@zoe-k"])
    expect(said.get_by_text("<b>")).to_be_visible()

    said.get_by_role("link", name="churn:2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 2")
    elsewhere = page.get_by_role("region", name="Mentioned elsewhere")
    expect(elsewhere).to_contain_text("unlike churn:99")
    expect(elsewhere.get_by_role("link", name=f"run {seeded.runs[7][:8]}")).to_be_visible()
    elsewhere.get_by_role("link", name="@zoe-k").click()
    expect(page).to_have_url(re.compile("mentions=zoe-k"))
    expect(page.get_by_role("region", name="Comments that mention @zoe-k").get_by_role("listitem")).to_have_count(2)


def test_a_dataset_tells_who_used_it_and_what_came_of_it(page: Page, seeded: Seeded) -> None:
    """From the run that learned from it to its page, and on to a version of that run and back."""
    page.goto(f"/runs/{seeded.spiky}")
    page.get_by_role("region", name="Data").get_by_role("link", name=DATASET).click()
    expect(page.get_by_role("group", name="Runs that used it")).to_contain_text("training")
    expect(page.get_by_role("group", name="Schema")).to_contain_text("income")
    expect(page.get_by_role("region", name="Profile")).to_contain_text("12,000")
    page.reload()
    page.get_by_role("region", name=re.compile("^Versions")).get_by_role("link", name="churn:1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 1")
    page.get_by_role("region", name="Data of its run").get_by_role("link", name=DATASET).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(DATASET)


def test_a_dataset_that_nobody_used_is_said(page: Page, seeded: Seeded, console: Console) -> None:
    console.expect_refusal(404)
    page.goto("/datasets/nothing/d0")

    expect(page.get_by_role("alert")).to_contain_text("no run used a dataset 'nothing'")
