"""Every page of the application: its address and its heading."""

import datetime as dt

from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.seed import DATASET, Seeded
from tests.browser.serving import DEPLOYMENT, MODEL, Served

PAGES = {
    "overview": ("/", "Overview"),
    "experiments": ("/experiments", "Experiments"),
    "runs": ("/experiments/{experiment}", "churn"),
    "runs as charts": ("/experiments/{experiment}?view=charts", "churn"),
    "runs as parallel coordinates": ("/experiments/{experiment}?view=parallel", "churn"),
    "runs as scatter": ("/experiments/{experiment}?view=scatter", "churn"),
    "experiment": ("/experiments/{experiment}?view=about", "churn"),
    "run": ("/runs/{spiky}", "run-259"),
    "run's charts": ("/runs/{spiky}?tab=charts", "run-259"),
    "run's files": ("/runs/{spiky}?tab=artifacts&path=scores.csv", "run-259"),
    "compare": ('/compare?runs=["{spiky}","{hostile}"]', "Compare 2 runs"),
    "dataset": ("/datasets/lake%2Fchurn.csv/8d3fa1b2", DATASET),
    "models": ("/models", "Models"),
    "model": ("/models/churn", "churn"),
    "version": ("/models/churn/versions/1", "Version 1"),
    "version that is served": (f"/models/{MODEL}/versions/1", "Version 1"),
    "version's files": ("/models/churn/versions/1?tab=files&path=MLmodel", "Version 1"),
    "version's lineage": ("/models/churn/versions/1?tab=lineage", "Version 1"),
    "deployments": ("/deployments", "Deployments"),
    "deployment": (f"/deployments/{DEPLOYMENT}", DEPLOYMENT),
    "deployment's rollouts": (f"/deployments/{DEPLOYMENT}?tab=rollouts", DEPLOYMENT),
    "deployment's predictions": (f"/deployments/{DEPLOYMENT}?tab=predictions", DEPLOYMENT),
    "deployment's form": (f"/deployments/{DEPLOYMENT}?tab=try", DEPLOYMENT),
    "rollout under way": ("/rollouts/{rolling}", "Rollout {rolling}"),
    "rollout taken back": ("/rollouts/{rolled_back}", "Rollout {rolled_back}"),
    "nodes": ("/nodes", "Nodes"),
    "predictions": ("/predictions", "Predictions"),
    "prediction": ("/predictions/{prediction}", "Prediction"),
    "jobs": ("/jobs", "Jobs"),
    "server": ("/server", "Server"),
    "activity": ("/activity", "Activity"),
    "comments": ("/activity?view=comments", "Activity"),
    "design system": ("/design", "Design system"),
    "unknown address": ("/nowhere/at/all", "There is no such page"),
}


def named(text: str, seeded: Seeded, served: Served) -> str:
    """An address or a heading with the names of what is on the server."""
    return text.format(
        experiment=seeded.experiment,
        spiky=seeded.spiky,
        hostile=seeded.hostile,
        rolling=served.rolling,
        rolled_back=served.rolled_back,
        prediction=served.prediction,
    )


def press_together(page: Page, keys: str) -> None:
    """Keys that mean something only right after each other, which a busy machine might tear apart."""
    page.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    for key in keys:
        page.keyboard.press(key)


def settled(page: Page) -> None:
    """Wait until a page that shows its heading has its data, where nothing waits to be scrolled to: a slow one has
    pauses that look like the end.
    """
    expect(page.locator("main").get_by_role("status", name="Loading")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def shown_in_time(page: Page, what: Locator) -> None:
    """See what the page shows after it has waited: its clock, installed before the visit, goes ahead until then."""
    for _ in range(60):
        if what.is_visible():
            return
        page.clock.fast_forward(2000)
        page.wait_for_load_state("networkidle")
    expect(what).to_be_visible()


def weight(answer: Response) -> int:
    """Bytes of a body as it crosses the wire."""
    return int(answer.headers.get("content-length", "0"))
