"""What runners that tests make up have in common: inside the node, quick, and of no signature."""

from __future__ import annotations

from modelwright.serving.node.signature import Column, Signature


class PlainRunner:
    """All of a `Runner` but `run`."""

    signature: Signature | None = None
    outputs: tuple[Column, ...] = ()
    engine = "test"
    isolated = False
    mixes = True
    cost_s = 0.0
    waits = False
    outruns = False
    restarts = 0

    def memory_bytes(self) -> int:
        return 0

    def close(self) -> None:
        """Nothing is open."""
