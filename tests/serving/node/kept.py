"""The ledger's rows as a node hands them on."""

from __future__ import annotations

from modelwright.serving.node.ledger import ScoredBatch


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.batches: list[ScoredBatch] = []

    def write(self, batch: ScoredBatch) -> None:
        self.batches.append(batch)

    def close(self) -> None:
        """Nothing is open."""
