"""What people ask of `/api/v1` about serving, and what they are shown. No I/O."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from modelwright.serving.model import (
    Batching,
    Engine,
    FileRef,
    Finding,
    Isolation,
    LedgerReport,
    Limits,
    Logging,
    Mode,
    Name,
    Replicas,
    RouteReport,
    Runtime,
    Segment,
    Share,
    Sticky,
    VersionRef,
)
from modelwright.serving.origin import Provenance
from modelwright.serving.rollouts.evidence import Standing
from modelwright.serving.rollouts.machine import AnyEvent, Phase, Rollout
from modelwright.serving.rollouts.plan import DEFAULT_GUARDS, MOST_REPLAYED, Kind
from modelwright.serving.rollouts.replay import Progress

LOCAL_NODE = "local"


class RouteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a route's version is run."""

    runtime: Runtime = Runtime.AUTO
    engine: Engine = Engine.AUTO
    isolation: Isolation = Isolation.AUTO
    batching: Batching = Batching()
    limits: Limits = Limits()
    replicas: Replicas = 1


class DeployAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new deployment of `version` (`fraud@champion`, `fraud:17`), or with `replace` all traffic of an old one.

    Without `sticky` and `logging` a new one has the defaults, and those of an old one stay.
    """

    name: Name
    version: str
    replace: bool = False
    settings: RouteSettings = RouteSettings()
    sticky: Sticky | None = None
    logging: Logging | None = None


class ScaleAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many copies of a version each node computes with; without a version, of all of the deployment's."""

    replicas: Replicas
    version: str | None = None


class RouteAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One route as `route set` gives it; live shares add up to 1."""

    version: str
    share: Share
    mode: Mode = Mode.LIVE


class RoutesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All routes of a deployment; what is not named here is drained and unloaded.

    With `expected_revision`, only if the deployment has not changed since it had that one.
    """

    routes: tuple[RouteAsked, ...]
    sticky: Sticky | None = None
    expected_revision: int | None = None


class RolloutAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rollout of `version` in a deployment. `steps` and spans are text as people write it: 5%,25%,100%; 10m.

    `replay` is how many of the newest stored rows the candidate is asked before any caller's.
    """

    version: str
    kind: Kind = Kind.CANARY
    steps: str | None = None
    guards: tuple[str, ...] = DEFAULT_GUARDS
    shadow: str | None = None
    replay: Annotated[int, msgspec.Meta(ge=0, le=MOST_REPLAYED)] = 0
    dwell: str = "1m"
    deadline: str = "2h"


class ReplayAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Have `version`, which has a route in the deployment, answer its newest `rows` stored rows again."""

    version: str
    rows: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1000


class ReplayShown(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it, beside what `control` had answered. Times are the server's, from asking to answer."""

    version: VersionRef
    control: VersionRef
    node: str
    seen: Progress
    p50_ms: float | None
    p99_ms: float | None


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person orders of a running rollout, and why."""

    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class RouteShown(msgspec.Struct, frozen=True, kw_only=True):
    """A route of a deployment, with what the nodes say of it."""

    id: str
    version: VersionRef
    manifest: str
    share: float
    mode: Mode
    settings: RouteSettings
    reports: tuple[RouteOnNode, ...] = ()


class RouteOnNode(msgspec.Struct, frozen=True, kw_only=True):
    """One route on one node, and whether the node is still heard of."""

    node: str
    fresh: bool
    report: RouteReport


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A named endpoint. `endpoints` are the addresses of nodes that serve it now; `revision` grows with each change."""

    name: str
    workspace: str
    stopped: bool
    sticky: Sticky
    logging: Logging
    created_ms: int
    updated_ms: int
    revision: int
    routes: tuple[RouteShown, ...] = ()
    endpoints: tuple[str, ...] = ()
    rollout: int | None = None


class GuardShown(msgspec.Struct, frozen=True, kw_only=True):
    """How far a guard is decided. `harm` and `safe` are logs of the wealth of the bets on harm and on safety now.

    The guard is violated once `harm_peak` reaches `harm_needed`, and kept once `safe_peak` reaches `safe_needed`.
    `seen` is the evidence in words.
    """

    text: str
    standing: Standing
    seen: str
    harm: float
    harm_peak: float
    harm_needed: float
    safe: float
    safe_peak: float
    safe_needed: float


class RolloutShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout with its whole state; `events` only where one rollout is asked for."""

    id: int
    deployment: str
    phase: Phase
    created_ms: int
    updated_ms: int
    state: Rollout
    guards: tuple[GuardShown, ...] = ()
    events: tuple[AnyEvent, ...] = ()


class RolloutEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """How a rollout's evidence grew: at each of `at_ms` the candidate's share, and each guard's wealth as logs."""

    at_ms: list[int]
    share: list[float]
    guards: list[GuardEvidence]


class GuardEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One guard's wealth along its rollout's moments."""

    text: str
    harm: list[float]
    safe: list[float]


class NodeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A node as it last reported. `fresh` is whether it did so lately; `behind` how many revisions it lacks.

    `own_address` is where it answers alone when it shares `address` with others. `cpu_share` is its machine's load
    average over a minute for each core.
    """

    name: str
    address: str
    software: str
    started_ms: int
    seen_ms: int
    fresh: bool
    revision: int
    behind: int
    memory_bytes: int
    cpu_share: float
    routes: tuple[RouteReport, ...]
    own_address: str = ""
    ledger: LedgerReport = LedgerReport()


class RolloutThen(msgspec.Struct, frozen=True, kw_only=True):
    """The rollout that a deployment was in at some moment, and where it stood."""

    id: int
    candidate: str
    share: float
    reason: str


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One answered row from the ledger, and where its answer came from.

    `share` is the probability with which rows were kept. `hidden` names input columns of which the ledger holds a
    digest or nothing.
    """

    prediction: str
    position: int
    at_ms: int
    workspace: str
    deployment: str
    route: str
    version: VersionRef
    manifest: str
    engine: str
    node: str
    latency_ms: float
    caller: str
    share: float
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    hidden: tuple[str, ...]
    rollout: RolloutThen | None = None
    outcomes: tuple[OutcomeShown, ...] = ()
    provenance: Provenance | None = None


class PredictionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One answered row in a list: what fits there, the rest is in `Prediction`.

    `left_out` is how many inputs and outputs are too long or too many for a list. `hidden` names input columns of which
    the ledger holds a digest or nothing, `share` the probability with which rows were kept.
    """

    prediction: str
    position: int
    at_ms: int
    route: str
    version: VersionRef
    node: str
    latency_ms: float
    caller: str
    share: float
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    hidden: tuple[str, ...]
    left_out: int


class PredictionsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Stored rows of a deployment, newest first.

    `reached_ms` is how far back was looked; None when that is all that the ledger holds of the time asked for. With
    a token there may be more, even where `items` is empty: one answer looks at so many rows and no more.
    """

    items: list[PredictionRow]
    next_page_token: str | None
    reached_ms: int | None


class OutcomeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What turned out to be true of one prediction (`<id>` or `<id>.<row>`): a number, yes or no, or a label."""

    prediction: str
    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.\-]{0,127}$")] = "value"
    value: float | bool | Annotated[str, msgspec.Meta(max_length=250)]


class OutcomesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    outcomes: Annotated[tuple[OutcomeAsked, ...], msgspec.Meta(min_length=1, max_length=5000)]


class OutcomesTaken(msgspec.Struct, frozen=True, kw_only=True):
    """How many were new and how many known; `conflicting` are those of which something else is known, and stays."""

    taken: int
    repeated: int
    conflicting: list[str]


class OutcomeShown(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is None for a label that is no number."""

    name: str
    value: float | None
    label: str
    received_ms: int


class PackageShown(msgspec.Struct, frozen=True, kw_only=True):
    """A version's files; `manifest` is the digest that stands for all of them."""

    version: VersionRef
    manifest: str
    files: tuple[FileRef, ...]


class ProofShown(msgspec.Struct, frozen=True, kw_only=True):
    """A version's load-proof. `asked_ms` is None when none was ever asked for, `found_ms` while it is waited for."""

    version: VersionRef
    manifest: str | None
    size_bytes: int | None
    asked_ms: int | None
    found_ms: int | None
    finding: Finding


class Deployments(msgspec.Struct, frozen=True):
    deployments: list[Deployment]


class Nodes(msgspec.Struct, frozen=True):
    nodes: list[NodeShown]


class LedgerShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps of a deployment, and what it holds: `first_ms` is the time of its oldest row."""

    deployment: str
    logging: Logging
    segments: int
    rows: int
    size_bytes: int
    first_ms: int | None


class SegmentsShown(msgspec.Struct, frozen=True):
    segments: list[Segment]


class RouteWindow(msgspec.Struct, frozen=True, kw_only=True):
    """What one route answered in one short window, summed over nodes; what timelines are drawn from."""

    route: str
    window_ms: int
    requests: int
    rows: int
    errors: int
    latency_sum_ms: float
    latency_counts: tuple[int, ...]
    refused: int = 0
    compared: int = 0
    differing: int = 0


class Timeline(msgspec.Struct, frozen=True):
    windows: list[RouteWindow]
