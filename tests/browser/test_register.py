"""An ML engineer's jobs: look at a version, and say which one is the champion."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
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


def _held_model(base_url: str, seeded: Seeded, name: str) -> None:
    """A model with two versions, the first of which an alias points to."""
    with httpx.Client(base_url=f"{base_url}/api/2.0/mlflow", timeout=60) as http:
        http.post("/registered-models/create", json={"name": name}).raise_for_status()
        for _ in range(2):
            asked = {"name": name, "source": f"runs:/{seeded.spiky}/model", "run_id": seeded.spiky}
            http.post("/model-versions/create", json=asked).raise_for_status()
        alias = {"name": name, "alias": "keep", "version": "1"}
        http.post("/registered-models/alias", json=alias).raise_for_status()


def test_what_is_relied_on_is_not_deleted_and_its_holder_is_named(
    page: Page, seeded: Seeded, base_url: str, console: Console
) -> None:
    """Before the click in the dialog, and after it in the server's refusal."""
    console.expect_refusal(409)
    _held_model(base_url, seeded, "relied-on")
    page.goto("/models/relied-on/versions/1")
    expect(page.get_by_role("region", name="Relied on by")).to_contain_text("alias @keep")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The server refuses while these rely on it: alias @keep.")
    dialog.get_by_role("button", name="Delete version").click()

    expect(dialog.get_by_role("alert")).to_contain_text("keep")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Version 1")


def test_a_version_that_nothing_relies_on_is_deleted(page: Page, seeded: Seeded, base_url: str) -> None:
    _held_model(base_url, seeded, "half-gone")
    page.goto("/models/half-gone/versions/2")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing live relies on it.")
    page.get_by_role("button", name="Delete version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("half-gone")

    versions = page.get_by_role("group", name="Versions")
    expect(versions.get_by_role("link", name="Version 1")).to_be_visible()
    expect(versions.get_by_role("link", name="Version 2")).to_have_count(0)


def test_a_run_that_versions_were_made_from_is_not_deleted(page: Page, seeded: Seeded, console: Console) -> None:
    console.expect_refusal(409)
    page.goto(f"/runs/{seeded.spiky}")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("button", name="Delete run").click()
    expect(page.get_by_text(re.compile(rf"cannot be deleted: .*{seeded.model}.* came from it"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("run-259")
    expect(page.get_by_text("deleted", exact=True)).to_have_count(0)


PROOFS: dict[str, tuple[dict[str, Any], str, str]] = {
    "none": ({"state": "none"}, "no proof", "Nobody knows whether this version opens"),
    "proven": (
        {"state": "proven", "cold_start_s": 2.5, "load_s": 1.0, "environment_s": 61.0, "memory_bytes": 88_000_000},
        "proven",
        "88.0 MB",
    ),
    "failed": ({"state": "failed", "stage": "load", "reason": "No module named 'x'"}, "failed", "No module named 'x'"),
}


@pytest.mark.parametrize("name", PROOFS)
def test_a_version_says_whether_it_was_proven_to_load(name: str, page: Page, seeded: Seeded) -> None:
    """The state as a word, what was measured, and the reason of a failure."""
    found, word, words = PROOFS[name]
    nothing = {"stage": "", "reason": "", "environment_s": None, "load_s": None, "cold_start_s": None}
    proof = {
        "version": {"model": "churn", "number": 1},
        "manifest": "sha256:" + "0" * 64,
        "size_bytes": 1129,
        "asked_ms": None,
        "found_ms": None,
        "finding": {**nothing, "memory_bytes": None, **found},
    }
    page.route("**/api/v1/models/churn/versions/1/proof", lambda route: route.fulfill(json=proof))
    page.goto("/models/churn/versions/1")
    panel = page.get_by_role("region", name="Load-proof")

    expect(panel.get_by_text(word, exact=True)).to_be_visible()
    expect(panel).to_contain_text(words)


def test_a_proof_is_asked_for_from_the_page(page: Page, seeded: Seeded) -> None:
    """The versions beside each other say how far each has come."""
    page.goto("/models/churn/versions/1")
    with page.expect_response(lambda it: "POST" == it.request.method and it.url.endswith("/1/proof")) as answer:
        page.get_by_role("button", name=re.compile("^Prove it")).click()
    page.goto("/models/churn")

    assert 202 == answer.value.status
    expect(page.get_by_role("columnheader", name="Load-proof")).to_be_visible()


def test_a_model_is_tagged(page: Page, seeded: Seeded) -> None:
    """Added and removed in place, as on a version."""
    page.goto(f"/models/{seeded.model}")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("textbox", name="Tag name").fill("owner")
    page.get_by_role("textbox", name="Tag value").fill("risk")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Remove tag owner").click()

    expect(page.get_by_role("button", name="Remove tag owner")).to_have_count(0)
