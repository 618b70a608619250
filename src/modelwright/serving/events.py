"""The facts that serving records."""

from typing import ClassVar

from modelwright.core.events import Event
from modelwright.serving.model import Logging
from modelwright.serving.rollouts.plan import Plan


class DeploymentCreated(Event, frozen=True, kw_only=True, tag="serving.deployment.created"):
    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str
    version: str
    manifest: str


class RoutesChanged(Event, frozen=True, kw_only=True, tag="serving.routes.changed"):
    """Shares by route id, before and after; `why` names the rollout's step or is empty for an order.

    `copies_to` are the routes that get copies of requests from then on.
    """

    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str
    before: dict[str, float]
    after: dict[str, float]
    copies_to: tuple[str, ...] = ()
    why: str = ""


class DeploymentStopped(Event, frozen=True, kw_only=True, tag="serving.deployment.stopped"):
    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str


class DeploymentResumed(Event, frozen=True, kw_only=True, tag="serving.deployment.resumed"):
    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str


class DeploymentScaled(Event, frozen=True, kw_only=True, tag="serving.deployment.scaled"):
    """How many copies each node computes a route with, by route id."""

    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str
    before: dict[str, int]
    after: dict[str, int]


class LedgerSet(Event, frozen=True, kw_only=True, tag="serving.ledger.set"):
    """What the ledger keeps of a deployment, and for how long, was changed."""

    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str
    before: Logging
    after: Logging


class LedgerExpired(Event, frozen=True, kw_only=True, tag="serving.ledger.expired"):
    """Predictions before a moment are gone: the deployment keeps them no longer."""

    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str
    segments: int
    rows: int
    before_ms: int


class RolloutStarted(Event, frozen=True, kw_only=True, tag="serving.rollout.started"):
    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str
    rollout: int
    plan: Plan


class RolloutMoved(Event, frozen=True, kw_only=True, tag="serving.rollout.moved"):
    """A rollout's phase or share changed; `reason` says why in words."""

    SUBJECT: ClassVar[str] = "deployments/{deployment}"
    deployment: str
    rollout: int
    what: str
    share: float
    reason: str


class NodeJoined(Event, frozen=True, kw_only=True, tag="serving.node.joined"):
    SUBJECT: ClassVar[str] = "nodes/{node}"
    node: str
    address: str
    software: str
