"""Rows of the comparison, the table on the terminal, and the files under results/."""

import importlib.metadata
import math
import os
import platform
import statistics
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("results")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One question, one figure of each server per round.

    `times` is how many times better than theirs ours must be; `at_most` is what ours may reach at most, in `unit`;
    `side` is a second figure of ours with a ceiling of its own (a latency beside a rate). `peer` says who "theirs" is
    where a table has several. `cpu` is the processor time per request, of ours and of theirs, in microseconds.
    `missing` says why there is no figure.
    """

    name: str
    unit: str
    ours: list[float]
    theirs: list[float]
    more_is_better: bool
    times: float | None = None
    at_most: float | None = None
    side: list[float] = []
    side_name: str = ""
    side_at_most: float | None = None
    failed_ours: int = 0
    failed_theirs: int = 0
    peer: str = ""
    cpu: tuple[list[float], list[float]] = ([], [])
    missing: str = ""

    @property
    def our_median(self) -> float:
        return statistics.median(self.ours)

    @property
    def their_median(self) -> float | None:
        return statistics.median(self.theirs) if self.theirs else None

    @property
    def ratio(self) -> float | None:
        """How many times better ours is."""
        theirs = self.their_median
        if theirs is None or not self.ours:
            return None
        better, worse = (self.our_median, theirs) if self.more_is_better else (theirs, self.our_median)
        return better / worse if worse else math.inf  # MLflow may finish not one search in a short burst

    @property
    def met(self) -> bool:
        if self.missing:
            return False
        ratio_met = self.times is None or (self.ratio or 0.0) >= self.times
        limit_met = self.at_most is None or self.our_median <= self.at_most
        side_met = self.side_at_most is None or statistics.median(self.side) <= self.side_at_most
        return ratio_met and limit_met and side_met and self.failed_ours == 0

    @property
    def target(self) -> str:
        parts = [
            f"{self.times:g}x" if self.times is not None else "",
            f"under {self.at_most:g} {self.unit}" if self.at_most is not None else "",
            f"{self.side_name} under {self.side_at_most:g}" if self.side_at_most is not None else "",
        ]
        return ", ".join(part for part in parts if part)

    @property
    def cpu_ratio(self) -> float | None:
        """How many times less processor time a request of ours takes: steadier than a rate on a busy machine."""
        ours, theirs = self.cpu
        return statistics.median(theirs) / statistics.median(ours) if ours and theirs else None

    def cells(self) -> list[str]:
        if self.missing:
            return [self.name, self.target, "", self.peer, "", f"NOT MEASURED: {self.missing}"]
        ours = f"{figure(self.our_median)} {self.unit}"
        if self.side:
            ours += f" ({self.side_name} {figure(statistics.median(self.side))})"
        if self.failed_ours:
            ours += f", {self.failed_ours} FAILED"
        theirs = "" if self.their_median is None else f"{figure(self.their_median)} {self.unit}"
        if self.failed_theirs:
            theirs += f", {self.failed_theirs} failed"
        if self.peer:
            theirs += f" ({self.peer})"
        ratio = "" if self.ratio is None else f"{figure(self.ratio)}x"
        if self.cpu_ratio is not None:
            ratio += f" (processor {figure(self.cpu_ratio)}x)"
        return [self.name, self.target, ours, theirs, ratio, "met" if self.met else "MISSED"]


TRACKING = "Tracking, against MLflow"
SERVING = "Serving, against its peers"
PAGE = "Time until a page can be used, against MLflow"
_PEER = {TRACKING: "MLflow", SERVING: "peer", PAGE: "MLflow"}


def _head(title: str) -> list[str]:
    return ["work", "at least", "Modelwright", _PEER[title], "ratio", "verdict"]


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> dict[str, str]:
    """What the figures depend on; no names of machines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        "modelwright": importlib.metadata.version("modelwright"),
    }


def show(rows: list[Row], facts: dict[str, str], title: str = TRACKING) -> None:
    table = Table(*_head(title), title=title)
    for row in rows:
        table.add_row(*row.cells(), style=None if row.met else "red")
    console = Console(width=180)
    console.print(table)
    console.print(", ".join(f"{key} {value}" for key, value in facts.items()))


def write(name: str, rows: list[Row], facts: dict[str, str], title: str = TRACKING) -> None:
    """`results/<name>.json` with every round, `results/<name>.md` with the medians."""
    RESULTS.mkdir(exist_ok=True)
    document = {"facts": facts, "rows": [{**msgspec.to_builtins(row), "met": row.met} for row in rows]}
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2)
    (RESULTS / f"{name}.json").write_bytes(encoded + b"\n")
    head = _head(title)
    lines = [head, ["---"] * len(head), *(row.cells() for row in rows)]
    text = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    about = "\n".join(f"- {key}: {value}" for key, value in facts.items())
    (RESULTS / f"{name}.md").write_text(f"# {title}\n\n{text}\n\n{about}\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
