"""Deploying and rolling out from Python: what is waited for, and what ends the waiting."""

import httpx
import msgspec
import pytest

from modelwright.core.errors import BadInput, NotFound, Unavailable
from modelwright.sdk import serving
from modelwright.sdk.http import Api
from modelwright.serving.model import Logging, Mode, RouteReport, RouteStatus, Sticky, VersionRef
from modelwright.serving.shown import Deployment, RouteOnNode, RouteSettings, RouteShown
from tests.waiting import PATIENCE_S

VERSION = VersionRef(model="fraud", number=1)
READY, LOADING, FAILED = RouteStatus.READY, RouteStatus.LOADING, RouteStatus.FAILED


def shown(states: tuple[RouteStatus, ...]) -> Deployment:
    """A deployment whose one route is in these states, each on a node of its own."""
    reports = tuple(
        RouteOnNode(
            node=f"n{place}",
            fresh=True,
            report=RouteReport(
                deployment="fraud", route="r", version=VERSION, manifest="", status=status, reason="it has no weights"
            ),
        )
        for place, status in enumerate(states)
    )
    route = RouteShown(
        id="r", version=VERSION, manifest="", share=1.0, mode=Mode.LIVE, settings=RouteSettings(), reports=reports
    )
    return Deployment(
        name="fraud",
        workspace="default",
        stopped=False,
        sticky=Sticky(),
        logging=Logging(),
        created_ms=1,
        updated_ms=1,
        revision=1,
        routes=(route,),
    )


class Saying(httpx.BaseTransport):
    """A server that says one thing after the other, and the last for good."""

    def __init__(self, *states: tuple[RouteStatus, ...]) -> None:
        self._states = states
        self.looks = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        said = self._states[min(self.looks, len(self._states) - 1)]
        self.looks += 1
        return httpx.Response(200, content=msgspec.json.encode(shown(said)))


def waited(server: Saying, wait_s: float = PATIENCE_S) -> Deployment:
    with Api("http://models.example", transport=server) as api:
        return serving.wait_until_ready("fraud", wait_s=wait_s, api=api)


def test_it_is_waited_until_one_node_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not yet without a node, not yet while it loads; another that loads for long, or failed, is not waited for."""
    monkeypatch.setattr(serving, "_OTHERS_S", 0.0)
    for last in ((READY,), (READY, LOADING), (FAILED, READY)):
        server = Saying((), (LOADING,), last)

        assert last == tuple(one.report.status for one in waited(server).routes[0].reports)
        assert 3 == server.looks


def test_nodes_that_are_nearly_ready_are_waited_for_as_well() -> None:
    """Callers of a shared port would meet them."""
    server = Saying((LOADING, LOADING), (READY, LOADING), (READY, READY))

    assert (READY, READY) == tuple(one.report.status for one in waited(server).routes[0].reports)
    assert 3 == server.looks


def test_a_version_that_no_node_can_load_ends_the_waiting() -> None:
    """With the node's reason."""
    with pytest.raises(Unavailable, match="fraud:1 cannot be served: it has no weights"):
        waited(Saying((LOADING,), (FAILED, LOADING)))


def test_patience_over_gives_what_there_is() -> None:
    """No error: the caller sees that no node is there yet."""
    server = Saying(())

    assert () == waited(server, wait_s=0.0).routes[0].reports
    assert 1 == server.looks


def test_what_is_not_there_comes_back_in_the_servers_words(api: Api) -> None:
    """NotFound for what could be there, BadInput for what could not; lists are empty."""
    for version, kind in (("nothing:1", NotFound), ("nothing", BadInput)):
        with pytest.raises(kind, match="nothing"):
            serving.deploy(version, wait_s=0, api=api)
    with pytest.raises(NotFound, match="no deployment 'nothing'"):
        serving.deployment("nothing", api=api)
    with pytest.raises(NotFound, match="no rollout 7"):
        serving.rollout(7, api=api)

    assert [] == serving.deployments(api=api)
    assert [] == serving.nodes(api=api)
    assert [] == serving.history("nothing", api=api)
