"""An ML engineer's jobs in serving: look, divide traffic, roll out and back, try, explain. By mouse and by keyboard."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Console
from tests.browser.pages import press_together
from tests.browser.seed import Seeded
from tests.browser.serving import DEPLOYMENT, MODEL, Served, Serving
from tests.waiting import eventually

PATIENT_MS = 120_000  # a node loads a version and reports it; on a busy machine not at once


def test_the_list_says_who_answers_and_opens_by_keyboard(page: Page, served: Served) -> None:
    page.goto("/deployments?q=score-api")
    grid = page.get_by_role("grid", name="Deployments")
    expect(grid.get_by_text(f"{MODEL}:1 75 %, {MODEL}:2 25 %")).to_be_visible()
    grid.focus()
    grid.press("j")
    grid.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(DEPLOYMENT)


def test_the_list_asks_one_question_however_many_deployments_there_are(page: Page, served: Served) -> None:
    """Rates, states and rollouts come with the rows."""
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url) if "/api/v1/" in request.url else None)
    page.goto("/deployments")
    expect(page.get_by_role("grid", name="Deployments").get_by_text(DEPLOYMENT, exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")

    of_serving = {url for url in asked if "deployments" in url or "rollouts" in url or "nodes" in url}
    assert 1 == len(of_serving), of_serving


def test_an_empty_list_teaches_the_first_deployment(
    page: Page, served: Served, base_url: str, axe: Callable[[], list[str]]
) -> None:
    """The lines name this server, so that they work as they stand."""
    nothing = {"items": [], "total": 0, "next_page_token": None}
    page.route("**/api/v1/serving/deployments*", lambda route: route.fulfill(json=nothing))
    page.goto("/deployments")

    expect(page.get_by_text("modelwright deploy")).to_be_visible()
    expect(page.get_by_text(base_url)).to_be_visible()
    assert [] == axe()


def test_a_deployment_is_commented_on(page: Page, served: Served) -> None:
    """The comments come when they are scrolled to; what was said stays."""
    page.goto(f"/deployments/{DEPLOYMENT}")
    expect(page.get_by_role("region", name="Comments")).to_contain_text("when you come here")
    _scroll_to_the_end(page)
    page.get_by_role("textbox", name="Add a comment").fill("Held until **Monday**.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("heading", name="Comments (1)")).to_be_visible()
    page.reload()  # which may bring the reader back to where he was
    _scroll_to_the_end(page)

    expect(page.get_by_role("region", name="Comments").get_by_text("Monday")).to_be_visible()
    page.get_by_role("button", name="Delete your comment").press("Enter")
    dialog = page.get_by_role("dialog", name="Delete “Held until Monday.”?")
    expect(dialog).to_contain_text("stays in the activity log")
    dialog.get_by_role("button", name="Cancel").press("Enter")
    expect(page.get_by_role("region", name="Comments").get_by_text("Monday")).to_be_visible()
    page.get_by_role("button", name="Delete your comment").press("Enter")
    dialog.get_by_role("button", name="Delete the comment").press("Enter")

    expect(page.get_by_role("heading", name="Comments", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Delete your comment")).to_have_count(0)


def _scroll_to_the_end(page: Page) -> None:
    expect(page.get_by_role("img").first).to_be_visible()
    page.keyboard.press("End")


def test_traffic_is_divided_by_keyboard_after_its_consequences_were_said(
    page: Page, served: Served, serving: Serving
) -> None:
    """The slider moves by arrow keys; nothing happens before the confirmation."""
    serving.deploy("divided", ready=False)
    serving.divide("divided", v1=0.5, v2=0.5)
    page.goto("/deployments/divided")
    slider = page.get_by_role("slider", name=f"Share of {MODEL}:2")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "40 %")
    page.get_by_role("button", name="Preview the change").press("Enter")
    dialog = page.get_by_role("dialog", name="Divide the traffic of divided")
    expect(dialog.get_by_text(f"{MODEL}:2 answers 40 % of all requests instead of 50 %")).to_be_visible()
    assert {1: 0.5, 2: 0.5} == serving.shares("divided")
    dialog.get_by_role("button", name="Divide the traffic").press("Enter")

    expect(page.get_by_text("The traffic is divided anew.")).to_be_visible()
    assert {1: 0.6, 2: 0.4} == serving.shares("divided")


def test_a_change_by_somebody_else_is_told_not_undone(
    page: Page, served: Served, serving: Serving, console: Console
) -> None:
    """Who decided on an old state is told of the new one, and the new one stays."""
    console.expect_refusal(409)
    serving.deploy("contended", ready=False)
    serving.divide("contended", v1=0.5, v2=0.5)
    page.goto("/deployments/contended")
    page.get_by_role("slider", name=f"Share of {MODEL}:1").press("ArrowRight")
    serving.divide("contended", v1=0.2, v2=0.8)
    page.get_by_role("button", name="Preview the change").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Divide the traffic").click()

    expect(dialog.get_by_role("alert")).to_contain_text("has changed since you looked")
    assert {1: 0.2, 2: 0.8} == serving.shares("contended")


def test_a_rollout_starts_from_the_page_and_is_taken_back_with_a_reason(
    page: Page, served: Served, serving: Serving
) -> None:
    """What it will do stands in the dialog; the reason stands in the timeline."""
    serving.deploy("taken-back", ready=False)
    page.goto("/deployments/taken-back")
    page.get_by_role("button", name="Start a rollout").click()
    page.get_by_label("Version", exact=True).fill(f"{MODEL}:2")
    page.get_by_label("At least so long on each step").fill("1h")
    expect(page.get_by_role("list", name="What will happen")).to_contain_text(f"{MODEL}:2 answers 5% ")
    page.get_by_role("button", name="Start the rollout").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Rollout \d+"))
    expect(page.get_by_role("list", name="Steps")).to_contain_text("5 %now")
    page.get_by_role("button", name="Roll back", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{MODEL}:1 answers all requests again")
    dialog.get_by_role("textbox", name=re.compile("^Why")).fill("Support called.")
    dialog.get_by_role("button", name=f"Roll back to {MODEL}:1").click()

    expect(page.get_by_text("rolled back", exact=True)).to_be_visible()
    expect(page.get_by_role("complementary")).to_contain_text("Support called.")
    assert {1: 1.0, 2: 0.0} == serving.shares("taken-back")


def test_a_promoted_version_is_taken_back_with_one_click(page: Page, served: Served, serving: Serving) -> None:
    """Promoted by keyboard; the one before stays loaded, so going back is one button and its confirmation."""
    serving.deploy("one-click", ready=False)
    rollout = serving.roll_out("one-click", 2)
    page.goto(f"/rollouts/{rollout['id']}")
    page.get_by_role("button", name="Promote", exact=True).press("Enter")
    page.get_by_role("button", name=f"Promote {MODEL}:2").press("Enter")
    expect(page.get_by_text("promoted", exact=True)).to_be_visible()
    page.goto("/deployments/one-click")
    page.get_by_role("button", name=f"Back to {MODEL}:1").click()
    page.get_by_role("button", name=f"Move all traffic to {MODEL}:1").click()

    expect(page.get_by_text(f"All traffic is back on {MODEL}:1.")).to_be_visible()
    assert {1: 1.0, 2: 0.0} == serving.shares("one-click")


def test_a_rollout_under_way_is_taken_back_from_its_deployment(page: Page, served: Served, serving: Serving) -> None:
    """Where somebody who is called out looks first; the candidate that was taken back is not offered as a way back."""
    serving.deploy("called-out", ready=False)
    serving.roll_out("called-out", 2)
    page.goto("/deployments/called-out")
    page.get_by_role("button", name="Roll back", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=f"Roll back to {MODEL}:1").click()

    expect(page.get_by_role("button", name="Start a rollout")).to_be_visible()
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Rolled back")
    expect(page.get_by_role("button", name=re.compile("^Back to"))).to_have_count(0)
    assert {1: 1.0, 2: 0.0} == serving.shares("called-out")


def test_a_rollout_that_waits_for_a_person_says_so_in_the_list(page: Page, served: Served, serving: Serving) -> None:
    serving.deploy("waiting")
    rollout = serving.roll_out("waiting", 2, dwell="1s", deadline="1s")
    eventually(lambda: serving.phase(rollout["id"]) == "held")
    page.goto("/deployments?q=waiting")

    expect(page.get_by_role("grid", name="Deployments").get_by_text("held", exact=True)).to_be_visible()


def test_why_a_version_does_not_load_is_said_in_the_nodes_words(
    page: Page, served: Served, axe: Callable[[], list[str]]
) -> None:
    """Above the table, whole, with what it means for callers; on a phone too."""
    why = "InvalidGraph: " + "/opt/models/" + "f" * 64 + "/model.onnx has no operator 'Frobnicate'"

    def failing(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        for report in found["routes"][0]["reports"]:
            report["report"] |= {"status": "failed", "reason": why}
        route.fulfill(response=answer, json=found)

    page.route(f"**/api/v1/deployments/{DEPLOYMENT}", failing)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"/deployments/{DEPLOYMENT}")
    told = page.get_by_role("region", name="What does not load")

    expect(told).to_contain_text(why)
    expect(told).to_contain_text(f"Callers who get {MODEL}:1 get an error.")
    assert 320 >= page.evaluate("document.documentElement.scrollWidth")
    assert [] == axe()


def test_a_rollout_that_took_itself_back_says_why(page: Page, served: Served) -> None:
    """The verdict in words, the guard that fell, both sides beside each other, the way back to the list."""
    page.goto(f"/rollouts/{served.rolled_back}")

    expect(page.get_by_role("region", name="Verdict")).to_contain_text(f"{MODEL}:3 violates 'error_rate not worse'")
    expect(page.get_by_role("group", name="Guards")).to_contain_text("violated")
    sides = page.get_by_role("group", name="Stable and candidate")
    expect(sides.get_by_role("row", name=re.compile("^Errors"))).to_contain_text("40 %", timeout=PATIENT_MS)
    chart = page.get_by_role("img", name=re.compile("^Evidence"))
    expect(chart).to_have_attribute("data-ready", re.compile("[1-9]"))
    page.get_by_role("link", name=DEPLOYMENT).click()
    page.get_by_role("link", name="Rollouts").click()
    expect(page.get_by_role("group", name="Rollouts")).to_contain_text("rolled back")


def test_a_row_is_tried_explained_and_replayed(page: Page, served: Served, console: Console) -> None:
    """From the form to the answer, to where it came from, to the same answer again. By keyboard."""
    console.expect_refusal(404)  # until the ledger has it
    page.goto(f"/deployments/{DEPLOYMENT}?tab=try")
    amount = page.get_by_label("amount")
    expect(amount).to_have_value("1.5")
    amount.fill("much")
    amount.press("Enter")
    expect(page.get_by_text("Not a number.")).to_be_visible()
    amount.fill("2.5")
    amount.press("Enter")
    prediction = page.get_by_role("region", name="Answer").get_by_role("link", name=re.compile("^[0-9a-f]{32}$"))
    prediction.press("Enter")
    # The ledger has it some seconds after its caller: the page waits for it.
    expect(page.get_by_role("group", name="Inputs")).to_contain_text("2.5", timeout=PATIENT_MS)
    expect(page.get_by_role("link", name=re.compile("^weight"))).to_be_visible()
    expect(page.get_by_text("4f2c9a7be04f")).to_be_visible()
    page.get_by_role("button", name="Replay").press("Enter")

    expect(page.get_by_text("Equal: today's answer is that of then")).to_be_visible()
    page.get_by_role("button", name="Attribute").press("Enter")
    expect(page.get_by_role("group", name="Due to each feature")).to_contain_text("amount")


def test_what_the_model_does_not_take_is_said_in_the_nodes_words(page: Page, served: Served, console: Console) -> None:
    console.expect_refusal(400)
    page.goto(f"/deployments/{DEPLOYMENT}?tab=try")
    page.get_by_role("button", name="As JSON").click()
    page.get_by_label("Request as JSON").fill("{nope")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text(re.compile("^Not JSON"))).to_be_visible()
    page.get_by_label("Request as JSON").fill('{"amount": 1}')
    page.get_by_role("button", name="Predict").click()

    expect(page.get_by_role("region", name="Answer").get_by_role("alert")).to_contain_text("'age'")


def test_a_prediction_is_found_by_its_id(page: Page, served: Served) -> None:
    page.goto("/predictions")
    field = page.get_by_label("Prediction", exact=True)
    field.fill("nonsense")
    field.press("Enter")
    expect(page.get_by_text("That is no prediction id.")).to_be_visible()
    field.fill(served.prediction)
    field.press("Enter")

    expect(page.get_by_role("group", name="Outputs")).to_contain_text("predict")


def test_an_unknown_prediction_says_why_it_may_be_missing(page: Page, served: Served, console: Console) -> None:
    console.expect_refusal(404)
    page.goto(f"/predictions/{'0' * 32}")

    expect(page.get_by_role("alert")).to_contain_text("it may be on its way")
    expect(page.get_by_role("alert")).not_to_contain_text("renamed")


def test_what_a_deployment_answered_is_listed_and_leads_to_each(page: Page, served: Served) -> None:
    """Newest first; filters stand in the address, and what the list cannot show is said."""
    page.goto(f"/deployments/{DEPLOYMENT}")
    page.get_by_role("link", name="Predictions", exact=True).last.click()
    rows = page.get_by_role("group", name="Predictions")
    expect(rows.get_by_role("row", name=re.compile("amount 1.5"))).to_have_count(1)
    expect(page.get_by_text(re.compile("^The ledger keeps 100 % of predictions"))).to_contain_text("failed")
    page.get_by_label("Caller").fill("nobody")
    page.get_by_label("Caller").press("Enter")
    expect(page.get_by_role("heading", name="The ledger has none of these")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Caller")).to_have_value("nobody")
    page.get_by_label("Caller").fill("")
    page.get_by_label("Caller").press("Enter")
    page.get_by_label("Version").select_option(f"{MODEL}:1")
    page.get_by_label("Answered before").fill("2020-01-01T00:00")
    page.get_by_label("Answered before").press("Enter")
    expect(page.get_by_role("heading", name="The ledger has none of these")).to_be_visible()
    page.get_by_label("Answered before").fill("")
    page.get_by_label("Answered before").press("Enter")
    page.get_by_label("Answered since").fill("2020-01-01T00:00")
    page.get_by_label("Answered since").press("Enter")
    expect(page).to_have_url(re.compile("since=1577836800000"))
    rows.get_by_role("link").first.click()

    expect(page.get_by_role("group", name="Outputs")).to_contain_text("predict")


def test_a_version_is_deployed_from_its_own_page(page: Page, served: Served) -> None:
    """What will happen stands in the dialog before the click; the version's page knows its deployments after it."""
    page.goto(f"/models/{MODEL}/versions/2")
    page.get_by_role("button", name="Deploy").click()
    page.get_by_label("Deployment", exact=True).fill(DEPLOYMENT)
    expect(page.get_by_role("alert")).to_contain_text(f"in rollout {served.rolling}")
    page.get_by_label("Deployment", exact=True).fill("from-its-page")
    expect(page.get_by_role("list", name="What will happen")).to_contain_text("under the new name from-its-page")
    page.get_by_role("dialog").get_by_role("button", name="Deploy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("from-its-page")
    expect(page.get_by_text("ready").first).to_be_visible(timeout=PATIENT_MS)
    page.get_by_role("link", name=f"{MODEL}:2").first.click()

    expect(page.get_by_role("region", name="Deployments").get_by_role("link", name="from-its-page")).to_be_visible()


def test_a_deployment_stops_after_its_consequences_were_said_and_comes_back(
    page: Page, served: Served, serving: Serving
) -> None:
    serving.deploy("stopping", ready=False)
    page.goto("/deployments/stopping")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Callers get an error")
    page.get_by_role("button", name="Stop the deployment").click()
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
    page.get_by_role("button", name="Resume").click()

    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()


def test_nodes_say_how_they_are_and_what_they_have_loaded(page: Page, served: Served) -> None:
    page.goto("/nodes")

    expect(page.get_by_role("group", name="Nodes").get_by_role("row", name=re.compile("^here"))).to_contain_text("up")
    loaded = page.get_by_role("group", name="Loaded versions")
    expect(loaded.get_by_role("row", name=re.compile(f"here.*{DEPLOYMENT}.*{MODEL}:1"))).to_contain_text("ready")


def test_serving_is_found_from_anywhere(page: Page, seeded: Seeded, served: Served) -> None:
    """By name in the palette, by the first keys of its pages."""
    page.goto("/jobs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name=re.compile("^Find")).fill(DEPLOYMENT)
    page.get_by_role("option", name=re.compile(f"{DEPLOYMENT}.*deployment")).click()
    expect(page).to_have_url(re.compile(f"/deployments/{DEPLOYMENT}$"))
    press_together(page, "gn")

    expect(page.get_by_role("heading", level=1)).to_have_text("Nodes")


def test_a_server_that_is_away_is_said_on_the_charts_too(page: Page, served: Served, console: Console) -> None:
    """One part that fails leaves the others standing."""
    console.expect_refusal(500)

    def fault(route: Route) -> None:
        route.fulfill(status=500, json={"code": "internal", "message": "the counts are gone", "facts": {}})

    page.route("**/api/v1/deployments/*/traffic*", fault)
    page.goto(f"/deployments/{DEPLOYMENT}")

    expect(page.get_by_role("alert")).to_contain_text("the counts are gone")
    expect(page.get_by_role("group", name="Routes")).to_contain_text(f"{MODEL}:1")


def test_a_prediction_says_what_turned_out_and_how_things_stood(page: Page, served: Served) -> None:
    """The outcome that was told, the run and the code behind the version, the routes of that moment."""
    page.goto(f"/predictions/{served.prediction}")

    expect(page.get_by_role("group", name="Outcomes").get_by_role("row", name=re.compile("^value"))).to_contain_text(
        "83.5"
    )
    expect(page.get_by_role("region", name="Run and code")).to_contain_text("4f2c9a7be04f")
    expect(page.get_by_role("region", name="Run and code")).to_contain_text("Without a commit")
    expect(page.get_by_role("region", name="Proofs and verdicts")).to_contain_text("Load-proof")
    expect(page.get_by_role("region", name="Where the version came from")).to_contain_text("the same as then")
    expect(page.get_by_role("region", name="At that moment")).to_contain_text(f"{MODEL}:2 25 %")


def test_a_deployment_is_scaled_by_keyboard(page: Page, served: Served, serving: Serving) -> None:
    """What cannot be is marked; what was asked stands in the table."""
    serving.deploy("scaled", ready=False)
    page.goto("/deployments/scaled")
    page.get_by_role("button", name="Scale", exact=True).press("Enter")
    field = page.get_by_label("Replicas on each node")
    field.fill("65")
    expect(page.get_by_text("A whole number from 1 to 64.")).to_be_visible()
    field.fill("3")
    field.press("Enter")
    expect(page.get_by_text("Each node computes with 3 replicas.")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Replicas")).to_be_visible()

    assert [3] == [route["settings"]["replicas"] for route in serving.ask("GET", "/deployments/scaled")["routes"]]


def test_how_long_predictions_are_kept_is_changed_after_its_consequences_were_said(
    page: Page, served: Served, serving: Serving
) -> None:
    serving.deploy("keeping", ready=False)
    page.goto("/deployments/keeping")
    ledger = page.get_by_role("region", name="Ledger")
    expect(ledger).to_contain_text("for ever")
    ledger.get_by_role("button", name="Change").click()
    page.get_by_label("Days").fill("90")
    expect(page.get_by_role("list", name="What will happen")).to_contain_text("older than 90 days are deleted for good")
    page.get_by_role("button", name="Keep for 90 days").click()

    expect(ledger).to_contain_text("90 days")
    assert 90 == serving.ask("GET", "/deployments/keeping/ledger")["logging"]["keep_days"]


def test_all_rollouts_of_a_deployment_can_be_reached(page: Page, served: Served) -> None:
    """The list goes on where its first page ends."""
    page.route("**/rollouts?limit=50*", lambda route: route.continue_(url=route.request.url.replace("=50", "=1")))
    page.goto(f"/deployments/{DEPLOYMENT}?tab=rollouts")
    rollouts = page.get_by_role("group", name="Rollouts")
    expect(rollouts.get_by_role("link")).to_have_count(1)
    page.get_by_role("button", name="More rollouts").click()

    expect(rollouts.get_by_role("link")).to_have_count(2)
    expect(page.get_by_role("button", name="More rollouts")).to_have_count(0)
