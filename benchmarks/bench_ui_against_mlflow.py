"""How long until a page can be used, ours and MLflow's beside each other? See README.md.

python -m benchmarks.bench_ui_against_mlflow [--rounds N] [--keep FOLDER] [--mlflow-workers N]
"""

import argparse
import contextlib
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks import report, ui_pages
from benchmarks.bench_tracking_against_mlflow import mlflow_server, tell
from benchmarks.report import Row
from benchmarks.ui_pages import Address, PairOfPages
from benchmarks.ui_seeds import Seeded, Size, seed_ours, seed_theirs, seeded_once
from modelwright.cli import client_env
from modelwright.cli.server_process import modelwright_server

ROOT = Path(__file__).parents[1]
# MLflow's pages need a minute and more at the size that ours are held to, so both are compared at a smaller one.
BESIDE = Size(runs=1_000, points=100_000)
BIG = Size(runs=20_000, points=1_000_000)
ROUNDS = 5

# The same browser without its own window, whose drawing took a third of the time; Debian packs both.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
TIMES = 4
BUDGET_MS = 1_000
PATIENCE_MS = 120_000
# Resolves once the main thread has nothing to do: a page that is drawn but does not answer cannot be used.
IDLE = "() => new Promise(done => requestIdleCallback(() => done(performance.now())))"


class Side(msgspec.Struct):
    url: str
    seeded: Seeded


def usable_ms(context: BrowserContext, side: Side, page: Address) -> float:
    """From the start of the navigation until all that makes the page useful is visible and the page is idle."""
    tab = context.new_page()
    tab.goto(side.url + page.path(side.seeded), wait_until="commit")
    for selector in page.shows(side.seeded):
        tab.locator(selector).first.wait_for(timeout=PATIENCE_MS)
    took: float = tab.evaluate(IDLE)
    tab.close()
    return took


def visits(browser: Browser, side: Side, page: Address) -> tuple[float, float]:
    """A first visit with an empty cache, and a second one."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    first = usable_ms(context, side, page)
    second = usable_ms(context, side, page)
    context.close()
    return first, second


def beside_each_other(browser: Browser, ours: Side, theirs: Side, pair: PairOfPages, rounds: int) -> Iterator[Row]:
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    for _ in range(rounds):
        found["ours"].append(visits(browser, ours, pair.ours))
        found["theirs"].append(visits(browser, theirs, pair.theirs))
    for at, visit in enumerate(("first visit", "second visit")):
        yield Row(
            name=f"{pair.name}, {visit}",
            unit="ms",
            more_is_better=False,
            times=TIMES,
            ours=[each[at] for each in found["ours"]],
            theirs=[each[at] for each in found["theirs"]],
        )


def budget(browser: Browser, side: Side, name: str, page: Address, rounds: int) -> Row:
    """A first visit to a page of ours, with everything that was seeded in the store."""
    took = [visits(browser, side, page)[0] for _ in range(rounds)]
    return Row(name=name, unit="ms", more_is_better=False, at_most=BUDGET_MS, ours=took, theirs=[])


def compared(browser: Browser, folder: Path, workers: int | None, rounds: int) -> Iterator[Row]:
    """Both servers with the same data, their pages opened in turns."""
    python = client_env.ensure(ROOT / ".envs", tell=tell)
    database = folder / "theirs" / "mlflow.db"
    with (
        modelwright_server(folder / "ours", "--no-local-node") as our_server,
        mlflow_server(python, folder / "theirs", workers) as their_server,
    ):
        seeded = seeded_once(folder / "ours.json", lambda: seed_ours(our_server.url, BESIDE))
        ours = Side(our_server.url, seeded)
        seeded = seeded_once(folder / "theirs.json", lambda: seed_theirs(their_server.url, database, BESIDE))
        theirs = Side(their_server.url, seeded)
        tell("both hold the same runs")
        visits(browser, ours, ui_pages.PAIRS[0].ours)  # each server has answered a page before the first round
        visits(browser, theirs, ui_pages.PAIRS[0].theirs)
        for pair in ui_pages.PAIRS:
            yield from beside_each_other(browser, ours, theirs, pair, rounds)


def held(browser: Browser, folder: Path, rounds: int) -> Iterator[Row]:
    """Every page of ours with many runs and a long series in the store, against its budget."""
    folder.mkdir(exist_ok=True)
    with modelwright_server(folder / "ours", "--no-local-node") as server:
        side = Side(server.url, seeded_once(folder / "ours.json", lambda: seed_ours(server.url, BIG)))
        tell("the big store is there")
        visits(browser, side, ui_pages.OURS["overview"])
        for name, page in ui_pages.OURS.items():
            yield budget(browser, side, name, page, rounds)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=ROUNDS, help="alternating rounds per page")
    asked.add_argument("--keep", type=Path, help="a folder to seed into, or to take as an earlier call left it")
    asked.add_argument("--mlflow-workers", type=int, help="instead of MLflow's default of four")
    arguments = asked.parse_args()
    rounds: int = arguments.rounds
    busy = os.getloadavg()[0]
    rows: list[Row] = []
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        parts = (compared(browser, folder, arguments.mlflow_workers, rounds), held(browser, folder / "big", rounds))
        for row in itertools.chain(*parts):
            tell(" | ".join(row.cells()))
            rows.append(row)
        chromium = browser.version
        browser.close()
    facts = report.machine() | {
        "mlflow": client_env.version_of("mlflow"),
        "mlflow workers": str(arguments.mlflow_workers or "default"),
        "chromium": chromium,
        "beside each other": f"{BESIDE.runs:,} runs, a series of {BESIDE.points:,} points",
        "budgets": f"{BIG.runs:,} runs, a series of {BIG.points:,} points",
        "rounds": str(rounds),
        "load of the machine before and after": f"{busy:.1f}, {os.getloadavg()[0]:.1f} processes",
        "command": "python -m benchmarks." + Path(__file__).stem,
    }
    report.show(rows, facts, report.PAGE)
    report.write("ui_against_mlflow", rows, facts, report.PAGE)
    sys.exit(0 if all(row.met for row in rows) else 1)


if __name__ == "__main__":
    main()
