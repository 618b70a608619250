"""What came of asking a candidate the rows that the ledger has of the control. No clock, no I/O."""

from collections import Counter

import msgspec

from modelwright.serving.model import LATENCY_EDGES_MS


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over stored rows; what a part of a replay adds is one, and so is the whole.

    `rows` were asked again. Of them `failed` got no answer, and `differing` one that differs in the first output.
    `unusable` are stored rows that could not be asked, because the ledger does not hold their whole input. `largest`
    pairs outputs with their largest difference, `latency` counts answers by LATENCY_EDGES_MS. `last` is the last row
    looked at, `<prediction>.<position>`; `done` says that there is none after it. `failure` is the first one's words.
    """

    rows: int = 0
    failed: int = 0
    differing: int = 0
    unusable: int = 0
    largest: tuple[tuple[str, float], ...] = ()
    latency: tuple[int, ...] = ()
    last: str = ""
    done: bool = False
    failure: str = ""

    @property
    def seen(self) -> int:
        return self.rows + self.unusable

    def plus(self, part: "Progress") -> "Progress":
        """This much, and then `part`."""
        largest = dict(self.largest)
        for name, value in part.largest:
            largest[name] = max(largest.get(name, 0.0), value)
        longer = max(len(self.latency), len(part.latency))
        counts = [Counter(dict(enumerate(one.latency))) for one in (self, part)]
        return Progress(
            rows=self.rows + part.rows,
            failed=self.failed + part.failed,
            differing=self.differing + part.differing,
            unusable=self.unusable + part.unusable,
            largest=tuple(sorted(largest.items())),
            latency=tuple(counts[0][place] + counts[1][place] for place in range(longer)),
            last=part.last or self.last,
            done=part.done,
            failure=self.failure or part.failure,
        )

    def latency_ms(self, quantile: float) -> float | None:
        """The upper edge of the bucket that holds the quantile (off by at most 26 %); None without answers."""
        reached, wanted = 0, quantile * sum(self.latency)
        for place, count in enumerate(self.latency):
            reached += count
            if count and reached >= wanted:
                return LATENCY_EDGES_MS[min(place, len(LATENCY_EDGES_MS) - 1)]
        return None
