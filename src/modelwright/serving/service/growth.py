"""How a rollout's evidence grew. For who looks again only what happened since is folded in, which takes the time."""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from modelwright.core.db.tx import ReadTx
from modelwright.serving.rollouts import machine
from modelwright.serving.rollouts.machine import Rollout
from modelwright.serving.shown import GuardEvidence, RolloutEvidence
from modelwright.serving.store import rollouts as store

_ROLLOUTS = 8


class _Moment(NamedTuple):
    """The logs of each guard's wealth after an event."""

    at_ms: int
    share: float
    harm: tuple[float, ...]
    safe: tuple[float, ...]


class _Folded(NamedTuple):
    """The state after all events that `moments` has, one each."""

    state: Rollout | None = None
    moments: tuple[_Moment, ...] = ()


class Growth:
    """Folds the events of rollouts, and remembers where it is with those it was asked of last.

    Of one database. Safe to share between threads: what is remembered is never changed, only replaced, and events are
    only ever added to.
    """

    def __init__(self) -> None:
        self._folded: OrderedDict[int, _Folded] = OrderedDict()
        self._lock = Lock()

    def of(self, tx: ReadTx, id_: int, *, points: int) -> RolloutEvidence:
        """The rollout's evidence at no more than `points` moments. Raises NotFound."""
        kept = store.get(tx, id_)
        with self._lock:
            folded = self._folded.get(id_, _Folded())
        # A reader whose snapshot is older than another's finds more remembered than there is for it.
        if len(folded.moments) < kept.events:
            folded = _folded_on(tx, id_, folded)
            with self._lock:
                self._folded[id_] = folded
                self._folded.move_to_end(id_)
                if len(self._folded) > _ROLLOUTS:
                    self._folded.popitem(last=False)
        return _shown([proof.guard.text for proof in kept.state.evidence.proofs], folded.moments, points)


def _folded_on(tx: ReadTx, id_: int, folded: _Folded) -> _Folded:
    state, more = folded.state, []
    for event in store.events_of(tx, id_, after=len(folded.moments)):
        state = machine.apply(state, event)
        proofs = state.evidence.proofs
        harm, safe = tuple(one.harm.log for one in proofs), tuple(one.safety for one in proofs)
        more.append(_Moment(event.at_ms, state.share, harm, safe))
    return _Folded(state, (*folded.moments, *more))


def _shown(guards: list[str], moments: tuple[_Moment, ...], points: int) -> RolloutEvidence:
    # The last one is always among them.
    step = max(1, -(-(len(moments) - 1) // max(1, points - 1)))
    chosen = [*moments[:-1:step], moments[-1]]
    return RolloutEvidence(
        at_ms=[one.at_ms for one in chosen],
        share=[one.share for one in chosen],
        guards=[
            GuardEvidence(text=text, harm=[one.harm[place] for one in chosen], safe=[one.safe[place] for one in chosen])
            for place, text in enumerate(guards)
        ],
    )
