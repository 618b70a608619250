"""`modelwright node list`."""

import httpx
import msgspec

from modelwright.serving.model import NodeReport
from tests.cli.house import House, json_of, terminal, told


def test_nodes_are_listed_once_they_have_reported(house: House) -> None:
    """With their address, in words and in JSON."""
    said = NodeReport(
        node="vienna", sent_ms=1, started_ms=1, software="0", revision=1, windows=(), address="http://n:1"
    )
    report = msgspec.json.encode(said)
    httpx.post(f"{house.url}/api/v1/nodes/vienna/reports", content=report).raise_for_status()
    lines = [line.split() for line in told("node", "list", url=house.url).splitlines()]

    assert ["vienna", "http://n:1"] in [words[:2] for words in lines]
    assert "vienna" in [one["name"] for one in json_of("node", "list", url=house.url)]


def test_no_node_is_said(bare: str) -> None:
    """An empty list is a sentence."""
    assert told("node", "list", url=bare).startswith("No node has reported yet. The server starts its own")
    assert [] == json_of("node", "list", url=bare)


def test_a_node_is_told_what_to_serve() -> None:
    """Nothing, or two things at once, is wrong use."""
    for words in ((), ("--server", "http://a:1", "--folder", ".")):
        ran = terminal("node", *words)

        assert 2 == ran.status
        assert "give one of --server" in ran.err
