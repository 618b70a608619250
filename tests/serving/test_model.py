"""The desired state: what it refuses, and how it divides traffic."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.serving.model import (
    DesiredDeployment,
    DesiredState,
    FileRef,
    Mode,
    Route,
    VersionRef,
    pick,
    position,
)

DIGEST = "sha256:" + "0" * 64


def route(name: str, share: float, mode: Mode = Mode.LIVE) -> Route:
    return Route(
        id=name,
        version=VersionRef(model="fraud", number=1),
        manifest=DIGEST,
        files=(FileRef(path="MLmodel", digest=DIGEST, size_bytes=1),),
        share=share,
        mode=mode,
    )


def test_state_survives_the_wire() -> None:
    """A desired state read back from JSON is the one that was written."""
    state = DesiredState(revision=3, deployments=(DesiredDeployment(name="api", routes=(route("a", 1.0),)),))

    assert state == msgspec.json.decode(msgspec.json.encode(state), type=DesiredState)


def test_shares_that_do_not_add_up_are_named() -> None:
    """Live shares must add up to one, and the sentence says what they add up to."""
    deployment = DesiredDeployment(name="api", routes=(route("a", 0.5), route("b", 0.4)))

    assert ["live routes of 'api' add up to 0.9; they must add up to 1"] == deployment.problems()


def test_shadow_does_not_count_as_traffic() -> None:
    """A shadow sees copies, so a deployment of shadows alone answers nobody."""
    alone = DesiredDeployment(name="api", routes=(route("a", 1.0, Mode.SHADOW),))
    beside = DesiredDeployment(name="api", routes=(route("a", 1.0), route("b", 1.0, Mode.SHADOW)))

    assert ["deployment 'api' has no live route; give one route mode 'live' and share 1.0"] == alone.problems()
    assert [] == beside.problems()


def test_twice_used_route_is_named() -> None:
    """Two routes of one name could not be told apart in a report."""
    deployment = DesiredDeployment(name="api", routes=(route("a", 0.5), route("a", 0.5)))

    assert ["route id 'a' is used twice in 'api'"] == deployment.problems()


@given(key=st.text(), salt=st.text())
def test_key_has_a_position(key: str, salt: str) -> None:
    """Whatever it is, it lies in [0, 1)."""
    assert 0 <= position(salt, key) < 1


def test_key_stands_still() -> None:
    """Nodes of any machine and any release agree, or a caller would go from version to version."""
    found = [position(salt, key) for salt, key in (("salt", "ann"), ("salt", "Ö"), ("", ""))]

    assert [0.13956927158869803, 0.26400345424190164, 0.0] == found


@given(share=st.floats(0.01, 0.98), more=st.floats(0.0, 0.01), key=st.text())
def test_growing_canary_keeps_its_users(share: float, more: float, key: str) -> None:
    """A user once in the canary stays there while its share grows."""
    at = position("salt", key)

    assert pick((share, 1 - share), at) == 1 or pick((share + more, 1 - share - more), at) == 0


def test_traffic_divides_by_share() -> None:
    """Ten thousand keys fall on the routes in proportion to the shares."""
    got = Counter(pick((0.9, 0.1), position("salt", f"user-{i}")) for i in range(10_000))

    assert got[1] == pytest.approx(1000, abs=150)


def test_last_position_falls_on_a_route_with_traffic() -> None:
    """Rounding in the shares never sends a request to a route with share 0."""
    assert pick((0.3, 0.7, 0.0), 1 - 2**-32) == 1
    assert pick((0.1 + 0.2, 0.7 - 1e-9, 0.0), 1 - 2**-53) == 1
