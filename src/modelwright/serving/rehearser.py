"""The server's thread that replays stored rows for rollouts which begin so."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Final

from modelwright.artifacts.blobs import Blobs
from modelwright.core.db.database import Database
from modelwright.core.errors import ModelwrightError
from modelwright.serving.rehearsing import Rehearsal, failed, rehearse
from modelwright.serving.rollouts.replay import Progress
from modelwright.serving.service import rehearsals, rollouts
from modelwright.serving.service.rehearsals import Seat
from modelwright.serving.store.rollouts import Kept
from modelwright.serving.stored import Row, moment, newest, place

_LOOK_S: Final = 1.0
_STOP_S: Final = 10.0
_PART_ROWS: Final = 200
_PART_S: Final = 2.0
_DEATHS: Final = 3
"""A row that has seen so many processes of nodes end is one that the candidate cannot answer."""

_log = logging.getLogger(__name__)


class Rehearser:
    """Asks a part of the stored rows, keeps what came of it with the rollout, and goes on with the next.

    All that it knows is kept with the rollout: whoever starts after a kill goes on with the row after the last.
    """

    def __init__(self, db: Database, ledger: Blobs) -> None:
        self._db = db
        self._ledger = ledger
        self._reading: dict[int, tuple[str, Iterator[Row]]] = {}
        self._troubled: dict[int, tuple[str, set[str]]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rehearser", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)  # a row may take as long as its version's deadline; nothing is lost with it

    def look(self) -> bool:
        """Replay one part for each rollout that is at it. Whether there is more to do at once."""
        waiting = self._db.read_now(rollouts.in_replay)
        here = {kept.id for kept, _ in waiting}
        for known in (self._reading, self._troubled):
            for gone in known.keys() - here:
                del known[gone]
        more = [self._tried(kept, deployment) for kept, deployment in waiting]
        return any(more)

    def _tried(self, kept: Kept, deployment: str) -> bool:
        try:
            return self._go_on(kept, deployment)
        except ModelwrightError as error:
            _log.warning("the replay of rollout %d waits: %s", kept.id, error.message)
        except Exception:  # noqa: BLE001 - the thread's edge: rows that cannot be read must not end others' replays
            _log.exception("the replay of rollout %d waits", kept.id)
        return False

    def _go_on(self, kept: Kept, deployment: str) -> bool:
        plan, so_far = kept.state.plan, kept.state.replayed
        seats = self._db.read_now(lambda tx: rehearsals.seats(tx, deployment, plan.candidate))
        if not seats:
            return False
        rows = self._rows(kept, deployment)
        part, trouble = Progress(), ""
        if self._is_deadly(kept):
            row = next(rows, None)
            words = f"{_DEATHS} processes of nodes ended while they were asked this row"
            part = Progress(done=True) if row is None else failed(row, words)
        else:
            with Rehearsal(seats[0]) as rehearsal:
                most = min(_PART_ROWS, plan.replay_rows - so_far.seen)
                part, trouble = rehearse(rows, rehearsal, most=most, for_s=_PART_S)
        last = part.last or so_far.last
        if trouble:
            _log.info("the replay of rollout %d waits: %s", kept.id, trouble)
            self._remember(kept.id, last, seats[0])
        else:
            self._reading[kept.id] = (last, rows)
        if so_far.seen + part.seen >= plan.replay_rows:
            part = part.plus(Progress(done=True))
        if part != Progress():
            self._db.write_now(lambda tx: rollouts.replayed(tx, kept.id, part, after=so_far.last))
        return not trouble and not part.done

    def _rows(self, kept: Kept, deployment: str) -> Iterator[Row]:
        plan, last = kept.state.plan, kept.state.replayed.last
        # Taken away until it is known that it can be gone on with: what raised once says that it is at its end.
        reading = self._reading.pop(kept.id, None)
        if reading is not None and reading[0] == last:
            return reading[1]
        segments = self._db.read_now(lambda tx: rehearsals.segments(tx, deployment, plan.control))
        before = place(last) if last else moment(kept.state.started_ms)
        return newest(self._ledger, segments, before)

    def _remember(self, id_: int, last: str, seat: Seat) -> None:
        where, keys = self._troubled.get(id_, (last, set()))
        self._troubled[id_] = (last, {*keys, seat.key} if where == last else {seat.key})

    def _is_deadly(self, kept: Kept) -> bool:
        where, keys = self._troubled.get(kept.id, ("", set()))
        return where == kept.state.replayed.last and len(keys) >= _DEATHS

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            # As long as the database is away: a rollout's own deadline bounds how long its replay may wait.
            with contextlib.suppress(ModelwrightError):
                while not self._stop.is_set() and self.look():
                    pass
