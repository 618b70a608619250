"""The node's end of the helper process: work goes to it one piece after the other, and comes back on the event loop.

Python's interpreter runs one thread at a time, and a decoder does not let go of it before it is done: on a thread, a
body of 30 MB keeps everybody waiting for as long as on the event loop. So it takes a process. That starts with the
first large body, and ends when there has been none for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable

import msgspec

from modelwright.core.errors import Internal, ModelwrightError, Unavailable
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.large import frames
from modelwright.serving.node.large.work import Read, ReadCall, Reading, ToRead, ToWrite, do
from modelwright.serving.node.messages import Body, Headers, Response
from modelwright.serving.node.v2 import HEADER_LENGTH

_log = logging.getLogger(__name__)

LARGE_BYTES = 256 * 1024
"""Bodies beyond this are read aside: reading so much takes the event loop some ten milliseconds."""

LARGE_VALUES = 16_384
"""Answers beyond this are written aside."""

IDLE_S = 30.0
# The headers that say how a body is to be read.
_TELLING = (b"content-type", HEADER_LENGTH)
# Nothing takes so long: the process hangs.
_PATIENCE_S = 120.0

Found = ReadCall | Response | ModelwrightError


class _Job(msgspec.Struct):
    work: Callable[[], ToRead | ToWrite]
    then: Callable[[Found], None]
    loop: asyncio.AbstractEventLoop


class _Helper:
    """A started process."""

    def __init__(self) -> None:
        self._stream, theirs = socket.socketpair()
        self._stream.settimeout(_PATIENCE_S)
        command = (sys.executable, "-P", "-m", "modelwright.serving.node.large.process", str(theirs.fileno()))
        with theirs:
            try:
                self.process = subprocess.Popen(  # noqa: S603  # our own program
                    command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
                )
            except OSError:
                self._stream.close()
                raise

    def do(self, work: ToRead | ToWrite) -> Read | Response | ModelwrightError:
        frames.send(self._stream, work)
        found: Read | Response | ModelwrightError = frames.receive(self._stream)
        return found

    def close(self) -> None:
        self._stream.close()
        self.process.kill()
        self.process.wait()


class Aside:
    """Reads bodies and writes answers elsewhere. Use from the event loop only; each `then` is called once, there."""

    def __init__(self, *, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._helper: _Helper | None = None

    def read(
        self,
        protocol: str,
        headers: Headers,
        body: Body,
        readings: Iterable[Reading],
        then: Callable[[ReadCall | ModelwrightError], None],
    ) -> None:
        """The call in a body, its rows read in all these ways."""
        kept = {name: headers[name] for name in _TELLING if name in headers}

        def told(found: Found) -> None:
            then(found if isinstance(found, ReadCall) else _odd(found))

        work = ToRead(protocol, kept, pickle.PickleBuffer(body), tuple(readings))
        self._submit(lambda: work, told)

    def write(self, call: Call, answer: Answer, served: Served, then: Callable[[Response], None]) -> None:
        """The response that says `answer`; `call` is bare."""

        def told(found: Found) -> None:
            then(found if isinstance(found, Response) else call.error(_odd(found)))

        def work() -> ToWrite:
            return ToWrite(call, answer.names, frames.cut(answer.arrays), answer.frame, served)

        self._submit(work, told)

    @property
    def pid(self) -> int:
        """0 while there is no process."""
        return self._helper.process.pid if self._helper is not None else 0

    def close(self) -> None:
        """Finish what was begun, and end the process."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _submit(self, work: Callable[[], ToRead | ToWrite], then: Callable[[Found], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="large", daemon=True)
            self._thread.start()
        self._jobs.put(_Job(work, then, asyncio.get_running_loop()))

    def _run(self) -> None:
        while (job := self._next()) is not None:
            found = self._found(job.work)
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile, and with it who asked
                job.loop.call_soon_threadsafe(job.then, found)
            del job, found  # not while waiting for the next: it may have been large
        self._end()

    def _next(self) -> _Job | None:
        if self._helper is not None:
            with contextlib.suppress(queue.Empty):
                return self._jobs.get(timeout=self._idle_s)
            self._end()
        return self._jobs.get()

    def _found(self, make: Callable[[], ToRead | ToWrite]) -> Found:
        try:
            helper, work = self._started(), make()
            done = do(work) if helper is None else helper.do(work)
            return done.whole() if isinstance(done, Read) else done
        except (OSError, EOFError) as error:
            _log.warning("the process for large bodies ended over one: %r", error)
            self._end()
            return Unavailable(
                "the process that reads large bodies ended over this one; ask again, with less at a time"
            )
        except Exception:  # noqa: BLE001  # the request's edge: the thread must go on for others
            _log.exception("a large body or answer could not be handed over")
            self._end()
            return Internal("the node failed on this request; its log says more")

    def _started(self) -> _Helper | None:
        """None where the system lets no process start: then the work is done here."""
        if self._helper is None:
            try:
                self._helper = _Helper()
            except OSError as error:
                _log.warning("no process for large bodies can be started: %s", error)
        return self._helper

    def _end(self) -> None:
        helper, self._helper = self._helper, None
        if helper is not None:
            helper.close()


def _odd(found: ReadCall | Response | ModelwrightError) -> ModelwrightError:
    return found if isinstance(found, ModelwrightError) else Internal("the node failed on this request")
