"""Which pages are measured, and what must be visible before a page counts as usable."""

import json
from collections.abc import Callable
from urllib.parse import quote

import msgspec

from benchmarks.ui_seeds import SERIES, SERVED, Seeded


class Address(msgspec.Struct, frozen=True):
    """`path` follows the server's address; all that `shows` gives must be visible."""

    path: Callable[[Seeded], str]
    shows: Callable[[Seeded], list[str]]


class PairOfPages(msgspec.Struct, frozen=True):
    """The same job on both pages."""

    name: str
    ours: Address
    theirs: Address


def _ids(seeded: Seeded) -> str:
    return quote(json.dumps(seeded.compared, separators=(",", ":")))


def _heading(*more: str) -> Callable[[Seeded], list[str]]:
    return lambda _: ["h1", *more]


OUR_TABLE = Address(
    lambda it: f"/experiments/{it.experiment}",
    lambda it: [f"[role=grid] >> text='{it.newest}'", "[role=columnheader] >> text='m0'"],
)
OUR_CHART = Address(lambda it: f"/runs/{it.long_run}?tab=charts", lambda _: ["[role=img][data-ready]"])
OUR_COMPARE = Address(
    lambda it: f"/compare?runs={_ids(it)}",
    lambda it: [f"table >> text='{it.newest}'", "tr:has-text('m0')", "[role=img][data-ready]"],
)

PAIRS = (
    PairOfPages(
        "runs table",
        OUR_TABLE,
        Address(
            lambda it: f"/#/experiments/{it.experiment}/runs",
            lambda it: [f"text='{it.newest}'"],
        ),
    ),
    PairOfPages(
        "run chart",
        OUR_CHART,
        Address(
            lambda it: f"/#/experiments/{it.long_experiment}/runs/{it.long_run}/model-metrics",
            lambda _: [".js-plotly-plot .scatterlayer .js-line"],
        ),
    ),
    PairOfPages(
        "compare ten runs",
        OUR_COMPARE,
        Address(
            lambda it: f"/#/compare-runs?runs={_ids(it)}&experiments={quote(json.dumps([it.experiment]))}",
            lambda it: [f"text='{it.newest}'", ".js-plotly-plot svg.main-svg", "text='m0'"],
        ),
    ),
)

OURS = {
    "overview": Address(lambda _: "/", _heading("text='many runs'")),
    "experiments": Address(lambda _: "/experiments", _heading("text='many runs'")),
    "runs table": OUR_TABLE,
    "runs table, filtered and sorted": Address(
        lambda it: (
            f"/experiments/{it.experiment}?q={quote('metrics.m0 > 0.25 and params.p0 = ' + chr(39) + 'a' + chr(39))}"
            f"&sort=-metrics.m0"
        ),
        lambda _: ["[role=grid] [role=gridcell] a"],
    ),
    "runs table, grouped": Address(
        lambda it: f"/experiments/{it.experiment}?group=params.p1",
        lambda _: ["[role=grid] [role=gridcell] >> text=/^value/"],
    ),
    "runs as charts": Address(
        lambda it: f"/experiments/{it.experiment}?view=charts", lambda _: ["[role=img][data-ready]"]
    ),
    "runs as parallel coordinates": Address(
        lambda it: f"/experiments/{it.experiment}?view=parallel", lambda _: ["canvas"]
    ),
    "runs as scatter": Address(lambda it: f"/experiments/{it.experiment}?view=scatter", lambda _: ["canvas"]),
    "run": Address(lambda it: f"/runs/{it.compared[0]}", lambda _: ["text='m0'", "text='p0'"]),
    f"chart of the long series ({SERIES})": OUR_CHART,
    "files of a run": Address(lambda it: f"/runs/{it.long_run}?tab=artifacts", lambda _: ["text=Files appear here"]),
    "compare ten runs": OUR_COMPARE,
    "models": Address(lambda _: "/models", _heading()),
    "model": Address(lambda _: f"/models/{SERVED}", _heading("a >> text='Version 1'")),
    "version": Address(lambda _: f"/models/{SERVED}/versions/1", _heading("text='m0'")),
    "deployments": Address(lambda _: "/deployments", _heading(f"main a >> text='{SERVED}'")),
    "deployment": Address(lambda _: f"/deployments/{SERVED}", _heading(f"text='{SERVED}:1'")),
    "nodes": Address(lambda _: "/nodes", _heading()),
    "jobs": Address(lambda _: "/jobs", _heading("text=/By kind|Nothing has been/")),
    "server": Address(lambda _: "/server", _heading("text='database'")),
    "activity": Address(lambda _: "/activity", _heading("ol[aria-label=Events] li")),
}
