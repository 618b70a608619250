"""What the server and its nodes tell each other: the desired state down, reports up. No I/O.

A node long-polls `GET /api/v1/nodes/{node}/desired?after=<revision>&wait_s=<s>` and gets a `DesiredState`
with another revision, or 204 when the wait ends without news; it fetches files with `GET
/api/v1/nodes/{node}/blobs/{digest}` and sends `NodeReport`s with `POST /api/v1/nodes/{node}/reports`. The
desired state is complete each time: a deployment that is not in it is drained and unloaded.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated
from zlib import crc32

import msgspec

NAMES = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,127}$"
Name = Annotated[str, msgspec.Meta(pattern=NAMES)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]

Replicas = Annotated[int, msgspec.Meta(ge=1, le=64)]
"""Copies of a model that compute at the same time on one node."""

SHARE_TOLERANCE = 1e-6

SAME_RELATIVE = 1e-5
SAME_ABSOLUTE = 1e-6
"""Numbers of two versions no further apart are the same answer: float32 arithmetic in another order does as much."""


class Mode(StrEnum):
    """What a route does with a request: answer it, or see a copy of it and be compared."""

    LIVE = "live"
    SHADOW = "shadow"


class Engine(StrEnum):
    """How a model is computed; `AUTO` takes the fastest one with proof of equal answers."""

    AUTO = "auto"
    NATIVE = "native"
    EXACT = "exact"
    ONNX = "onnx"


class Runtime(StrEnum):
    """The library that opens a version; `AUTO` reads it from the MLmodel file."""

    AUTO = "auto"
    ONNX = "onnx"
    SKLEARN = "sklearn"
    XGBOOST = "xgboost"
    LIGHTGBM = "lightgbm"
    CATBOOST = "catboost"
    TORCH = "torch"
    H2O = "h2o"
    PYFUNC = "pyfunc"


class Isolation(StrEnum):
    """Where a model runs; `AUTO` puts in a worker whatever may execute code when opened."""

    AUTO = "auto"
    INSIDE = "inside"
    WORKER = "worker"


class VersionRef(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    number: Annotated[int, msgspec.Meta(ge=1)]

    def __str__(self) -> str:
        return f"{self.model}:{self.number}"


class FileRef(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a version: `path` is relative to the version's folder, with forward slashes."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    digest: Digest
    size_bytes: Annotated[int, msgspec.Meta(ge=0)]


class Batching(msgspec.Struct, frozen=True, kw_only=True):
    """How concurrent requests share one call of the model.

    `max_rows` bounds one call. `queue_rows` bounds what may wait; beyond it callers get 429. `max_wait_ms`
    is an upper bound on waiting for company; None lets the node derive it from the model's own cost.
    """

    max_rows: Annotated[int, msgspec.Meta(ge=1, le=65_536)] = 256
    queue_rows: Annotated[int, msgspec.Meta(ge=1)] = 16_384
    max_wait_ms: Annotated[float, msgspec.Meta(ge=0, le=1000)] | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one version may use: time for one answer, and memory of its worker (None: unlimited)."""

    deadline_ms: Annotated[int, msgspec.Meta(ge=1)] = 30_000
    load_s: Annotated[int, msgspec.Meta(ge=1)] = 300
    memory_bytes: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A version with its share of a deployment's traffic.

    `id` names the route in reports and ledger rows and never changes its meaning: another version is
    another route. `share` of the live routes adds up to 1. A shadow route's `share` is the part of answered
    requests it sees. `slow_ms` are latencies whose exceeding the node counts exactly, for a rollout's guards.
    `lock` is the path, inside the version, of the requirements its worker's environment is built from.
    """

    id: Name
    version: VersionRef
    manifest: Digest
    files: tuple[FileRef, ...]
    share: Share
    mode: Mode = Mode.LIVE
    runtime: Runtime = Runtime.AUTO
    engine: Engine = Engine.AUTO
    isolation: Isolation = Isolation.AUTO
    batching: Batching = Batching()
    limits: Limits = Limits()
    replicas: Replicas = 1
    lock: str | None = None
    slow_ms: tuple[float, ...] = ()


class Durability(StrEnum):
    """What an answer promises about its rows in the ledger.

    `BUFFERED`: nothing; they are on the node's disk within a quarter of a second. `LOGGED`: the answer goes out once
    they are on the disk, and says so in the header Modelwright-Ledger.
    """

    BUFFERED = "buffered"
    LOGGED = "logged"


class Logging(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps: `share` of rows (known probability), with columns hashed or left out by name, for
    `keep_days` (None: for ever).
    """

    share: Share = 1.0
    inputs: bool = True
    hashed: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    durability: Durability = Durability.BUFFERED
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None


class Sticky(msgspec.Struct, frozen=True, kw_only=True):
    """Equal keys go to equal routes. The key is a request header's value, or else an input column's in row
    one.

    `salt` changes who is in the canary from one rollout to the next.
    """

    header: str | None = None
    column: str | None = None
    salt: str = ""


class DesiredDeployment(msgspec.Struct, frozen=True, kw_only=True):
    """One named endpoint and its routes, in the order in which they divide the traffic."""

    name: Name
    workspace: str = "default"
    routes: tuple[Route, ...]
    sticky: Sticky = Sticky()
    logging: Logging = Logging()

    @property
    def live(self) -> tuple[Route, ...]:
        """The routes that answer."""
        return tuple(route for route in self.routes if route.mode is Mode.LIVE)

    def problems(self) -> list[str]:
        """What makes these routes unusable, as sentences; empty when they are fine."""
        found = []
        live = [route.share for route in self.live]
        if not live:
            found.append(f"deployment {self.name!r} has no live route; give one route mode 'live' and share 1.0")
        elif not math.isclose(sum(live), 1.0, abs_tol=SHARE_TOLERANCE):
            found.append(f"live routes of {self.name!r} add up to {sum(live):g}; they must add up to 1")
        ids = [route.id for route in self.routes]
        found += [f"route id {one!r} is used twice in {self.name!r}" for one in sorted(set(ids)) if ids.count(one) > 1]
        return found


class DesiredState(msgspec.Struct, frozen=True, kw_only=True):
    """All that a node shall serve. `revision` grows with each change, unless the server goes back to a backup."""

    revision: Annotated[int, msgspec.Meta(ge=0)]
    deployments: tuple[DesiredDeployment, ...] = ()


class RouteStatus(StrEnum):
    """Where a route is in its life on one node."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    DRAINING = "draining"


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """What a node found when it asked a version and its conversion to ONNX the same rows; `reason`: why it failed.

    `ties` of the rows are so near a tie of two classes that the model's own trees decide them.
    """

    proven: bool
    reason: str = ""
    rows: int = 0
    largest_difference: float = 0.0
    precision: str = ""
    converter: str = ""
    ties: int = 0


class RouteReport(msgspec.Struct, frozen=True, kw_only=True):
    """One route on one node: what it runs on and why it does not, if so. `parity` None: no conversion was wanted."""

    deployment: str
    route: str
    version: VersionRef
    manifest: str
    status: RouteStatus
    reason: str = ""
    engine: str = ""
    isolated: bool = False
    load_ms: float = 0.0
    memory_bytes: int = 0
    restarts: int = 0
    parity: Parity | None = None


# Upper edges, in milliseconds, of the buckets in `WindowCounts.latency_counts`; one more bucket lies above
# the last. Three to an octave: a quantile read from them is off by at most 26 %; merging is addition.
LATENCY_EDGES_MS: tuple[float, ...] = tuple(round(0.05 * 2 ** (i / 3), 6) for i in range(64))


WINDOW_MS = 10_000
"""Reports count in windows of this length, begun at its multiples: short enough to roll back within seconds."""


class WindowCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What one route did in one window (WINDOW_MS) on one node; the strata that a rollout's statistics add up.

    `errors` are the model's and the node's own failures (5xx, deadline); `refused` are requests at fault
    (4xx) and are not evidence against the route. `compared` and `differing` count rows that a shadow
    answered too, and those of them on which it disagreed with the live answer; `difference_sum` adds up the
    absolute differences. `slow` pairs each of the route's `slow_ms` with how many answers took that long or longer.
    `share` is the part of live traffic that the node gave the route, None when it changed meanwhile. `callers` counts
    sticky keys that the node saw for the first time since the salt changed. `pinned` windows hold what asked for the
    version by its number: nobody was assigned to it, so they say nothing in a rollout.
    """

    deployment: str
    route: str
    window_ms: int
    pinned: bool = False
    requests: int = 0
    rows: int = 0
    errors: int = 0
    refused: int = 0
    latency_counts: tuple[int, ...] = ()
    latency_sum_ms: float = 0.0
    compared: int = 0
    differing: int = 0
    difference_sum: float = 0.0
    slow: tuple[tuple[float, int], ...] = ()
    share: float | None = None
    callers: int = 0


class LedgerReport(msgspec.Struct, frozen=True, kw_only=True):
    """How the ledger fares on a node: rows lost since its start, and why it takes none now (empty when it does)."""

    dropped_rows: int = 0
    trouble: str = ""


class NodeReport(msgspec.Struct, frozen=True, kw_only=True):
    """A node's state, sent on each change and every few seconds.

    `windows` holds closed windows, each sent until acknowledged. Whoever has `key` may ask this process off the record.
    `address` is where callers reach the node, and `own_address` where no other answers, when that is not the same.
    """

    node: str
    sent_ms: int
    started_ms: int
    software: str
    revision: int
    routes: tuple[RouteReport, ...] = ()
    windows: tuple[WindowCounts, ...] = ()
    memory_bytes: int = 0
    cpu_share: float = 0.0
    address: str = ""
    ledger: LedgerReport = LedgerReport()
    key: str = ""
    own_address: str = ""

    @property
    def seat(self) -> str:
        """Where this very process answers; empty when it is not known."""
        return self.own_address or self.address


class Form(StrEnum):
    """How a segment's bytes are written: as a node streams them, or as the server keeps them for long."""

    ARROW = "arrow"
    PARQUET = "parquet"


class ProofState(StrEnum):
    """How far a version came in an environment of its own: answered its example, was only loaded, or neither."""

    NONE = "none"
    WAITING = "waiting"
    PROVEN = "proven"
    LOADS = "loads"
    FAILED = "failed"


class ProofAsked(msgspec.Struct, frozen=True, kw_only=True):
    """`folder` holds the version's files, `home` is for what the proof writes; `memory_bytes` bounds the model."""

    folder: str
    home: str
    route: Route
    memory_bytes: int


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a load-proof. `stage` is where it failed: layout, environment, load, example, output or time.

    `cold_start_s` lasts from the start of the model's process to its first answer, its environment being there;
    `memory_bytes` is the most that the process has held.
    """

    state: ProofState
    stage: str = ""
    reason: str = ""
    environment_s: float | None = None
    load_s: float | None = None
    cold_start_s: float | None = None
    memory_bytes: int | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed piece of the ledger: rows of one route, written by one node.

    Rows lie between `first_ms` and `last_ms`, and were kept with probability `share`; of the columns in `hidden`
    they hold a keyed digest or nothing. `digest` is that of the bytes; `name` is unique and sorts by time.
    """

    name: Name
    node: Name
    workspace: str
    deployment: Name
    route: Name
    model: str
    version: int
    manifest: str
    engine: str
    share: Share
    first_ms: int
    last_ms: int
    rows: int
    digest: str
    hidden: tuple[str, ...] = ()
    form: Form = Form.ARROW


class Made(msgspec.Struct, frozen=True):
    """A segment whose bytes are stored, and how many they are."""

    segment: Segment
    size_bytes: int


def route_tag(route: str) -> str:
    """Four hexadecimal digits that stand for a route in prediction ids, behind 12 of time and 8 of the process."""
    return f"{crc32(route.encode()) & 0xFFFF:04x}"


def position(salt: str, key: str) -> float:
    """Where a key stands between 0 (included) and 1 (not included); the same on every node, for ever."""
    return crc32((salt + key).encode()) / 2**32


def pick(shares: tuple[float, ...], at: float) -> int:
    """Index of the live route whose interval of the running sum of `shares` holds the position `at`."""
    reached = 0.0
    for index, share in enumerate(shares):
        reached += share
        if at < reached:
            return index
    return max(index for index, share in enumerate(shares) if share > 0)
