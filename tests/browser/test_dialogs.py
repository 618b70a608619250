"""The dialogs of runs, versions, deployments and rollouts: they open where they belong and are readable by everyone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import named
from tests.browser.seed import Seeded
from tests.browser.serving import DEPLOYMENT, Served, Serving

# Nobody rolls it out, so that it offers what only a deployment at rest does.
QUIET = "dialogs-at-rest"

# By page, for each dialog: what is clicked in turn, as (role, name), and the dialog's title as it begins.
DIALOGS: dict[str, dict[str, tuple[tuple[str, str | re.Pattern[str]], ...]]] = {
    "/runs/{spiky}": {
        "Register": (("button", "Actions"), ("menuitem", "Register a model…")),
        "Rename": (("button", "Actions"), ("menuitem", "Rename…")),
        "Delete run-259": (("button", "Actions"), ("menuitem", "Delete…")),
        "Find": (("button", "Find a run, a model, a page"),),
    },
    "/models/churn/versions/1": {
        "Give version 1 an alias": (("button", "Set alias"),),
        "Deploy churn:1": (("button", "Deploy"),),
        "Delete version 1": (("button", "More actions"), ("menuitem", "Delete…")),
    },
    f"/deployments/{DEPLOYMENT}": {
        f"Scale {DEPLOYMENT}": (("button", re.compile("^Scale$")),),
        "Roll back rollout": (("button", "Roll back"),),
        f"Keep the predictions of {DEPLOYMENT}": (("button", re.compile("^Change$")),),
    },
    f"/deployments/{QUIET}": {
        f"Start a rollout in {QUIET}": (("button", "Start a rollout"),),
        f"Stop {QUIET}": (("button", re.compile("^Stop$")),),
    },
    "/rollouts/{rolling}": {
        "Roll back rollout": (("button", "Roll back"),),
        "Promote rollout": (("button", "Promote"),),
        "Abort rollout": (("button", "Abort"),),
    },
}


@pytest.fixture(scope="module", autouse=True)
def at_rest(served: Served, serving: Serving) -> None:
    """A deployment of that name."""
    del served  # the model must be there before a deployment of it
    serving.deploy(QUIET, ready=False)


@pytest.fixture
def page(warm_page: Page) -> Page:
    return warm_page


@pytest.mark.parametrize("path", DIALOGS)
def test_a_dialog_is_readable_by_everyone(
    path: str, page: Page, seeded: Seeded, served: Served, axe: Callable[[], list[str]]
) -> None:
    """It is named, has no accessibility finding with all that it says, in either theme, and Escape leaves it."""
    page.goto(named(path, seeded, served))
    for title, clicks in DIALOGS[path].items():
        for role, name in clicks:
            page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]  # a role
        dialog = page.get_by_role("dialog", name=title)
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("status", name="Loading")).to_have_count(0)

        found = []
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found += axe()
        assert [] == found
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
