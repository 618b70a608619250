"""One worker process and the socket to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import site
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from modelwright.core.errors import Unavailable
from modelwright.serving.node.errors import WorkerDied
from modelwright.serving.node.optional import is_optional
from modelwright.serving.node.resident import resident_bytes
from modelwright.serving.node.signature import Column, Signature
from modelwright.serving.node.tables import Schema
from modelwright.serving.node.turns import processors
from modelwright.serving.node.worker.guest.frames import AT_ONCE_BYTES, FRAME_BYTES, PREFIX, Head, pack, unpack
from modelwright.serving.node.worker.scratch import SCRATCH_BYTES, USUAL_BYTES, holds_more

GUEST_PARENT = Path(__file__).parent
_SANDBOX = GUEST_PARENT / "guest" / "sandbox.py"
_SOCKET_BYTES = 4 * 1024 * 1024
_LOG_TAIL_BYTES = 4000
# What a process may have written before it is thrown away, and how often that is looked at: whatever a model says with
# each request, and tracebacks of what it refuses, would fill the disk in time.
_LOG_BYTES, _LOOK_S = 4 * 1024 * 1024, 0.5
# The part of the time that may go into looking: many files make that slow.
_LOOKING = 0.05
_ON_JAVA = "h2o"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker shall run: which interpreter, which model, and within which bounds.

    In `scratch`, each worker gets a folder of its own to write in, up to `scratch_bytes`. `converters` are folders of
    the node's own libraries that it may read, and takes from when it is asked for a conversion, what its environment
    lacks.
    """

    python: Path
    root: Path
    scratch: Path
    runtime: str
    flavor: dict[str, Any]
    signature: Signature | None
    options: dict[str, Any]
    memory_bytes: int | None
    load_s: float
    converters: tuple[str, ...] = ()
    scratch_bytes: int = USUAL_BYTES


def described(signature: Signature | None) -> dict[str, Any] | None:
    """A signature as the guest's `Inputs` reads it."""
    if signature is None:
        return None
    return {
        "tensors": signature.tensors,
        "columns": [
            {
                "name": _known_as(one),
                "kind": one.kind.value,
                "dims": one.dims,
                "logical": one.logical,
                "optional": is_optional(one),
                "required": one.required,
            }
            for one in signature.inputs
        ],
        "groups": [group.columns for group in Schema(signature).groups],
    }


def _known_as(column: Column) -> str | int | None:
    return int(column.name) if column.numbered and column.name is not None else column.name


OnFrame = Callable[[Head, list[np.ndarray]], None]
OnEnd = Callable[[], None]


class _Frames(asyncio.Protocol):
    """Cuts the stream into frames."""

    def __init__(self, on_frame: OnFrame, on_end: OnEnd) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self._buffer = bytearray()
        self._needed = PREFIX.size
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= self._needed:
            total, head_bytes = PREFIX.unpack_from(self._buffer)
            if total > FRAME_BYTES or self.transport is None:
                # The guest has lost step, or plays: nothing it says from here on can be read.
                if self.transport is not None:
                    self.transport.abort()
                return
            end = PREFIX.size + total - 4
            if len(self._buffer) < end:
                self._needed = end
                return
            body = bytes(self._buffer[PREFIX.size : end])
            del self._buffer[:end]
            self._needed = PREFIX.size
            self._on_frame(*unpack(body, head_bytes))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # the process's end is what counts
        self._on_end()


class Worker:
    """A started process. After `hello`, `send` takes one batch at a time and `on_frame` gets the answers."""

    def __init__(self, program: Program, on_frame: OnFrame, on_end: OnEnd) -> None:
        self._program = program
        self._on_frame = on_frame
        self._on_end = on_end
        self._gone = False
        self._process: asyncio.subprocess.Process | None = None
        self._frames: _Frames | None = None
        self._socket: socket.socket | None = None
        self._hello: asyncio.Future[Head] | None = None
        self._holds: list[str] | None = None
        self._look: asyncio.TimerHandle | None = None
        self._stopped = False
        self.ended_for = ""
        program.scratch.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(dir=program.scratch.resolve(), ignore_cleanup_errors=True)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    async def start(self) -> Head:
        """Start, load the model, and return what it says of itself.

        Raises WorkerDied when the process ends without a word, and Unavailable with its reason when it does not load.
        """
        loop = asyncio.get_running_loop()
        self._hello = loop.create_future()
        ours, theirs = socket.socketpair()
        with theirs:
            for one in (ours, theirs):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BYTES)
            # Appending: what is written after the file was cut short begins at its new end.
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", str(_SANDBOX), str(theirs.fileno()), self._confined()),
                    *(str(self._program.python), "-P", "-s", "-m", "guest", str(theirs.fileno())),
                    pass_fds=[theirs.fileno()],
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._scratch.name,
                    env=self._environment(),
                    start_new_session=True,
                )
        self._keep_short()
        ours.setblocking(False)
        self._socket = ours
        _, self._frames = await loop.create_connection(lambda: _Frames(self._received, self._ended), sock=ours)
        self._write(self._told(), [])
        try:
            async with asyncio.timeout(self._program.load_s):
                hello = await self._hello
        except TimeoutError:
            await self.stop()
            raise Unavailable(f"the model did not load within {self._program.load_s:g} s") from None
        except BaseException:
            await self.stop()
            raise
        if "error" in hello:
            await self.stop()
            raise Unavailable(f"the model does not load: {hello['error']}: {hello['message']}")
        # Of the doors the word of him counts who closed them, not of those behind them.
        return {**hello, "sandbox": self._holds or []}

    def send(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> None:
        self._write({"more": more, "params": params}, table)

    def ask_conversion(self) -> None:
        """Ask for the model as ONNX with its proof; the answer comes as a frame."""
        self._write({"convert": {"paths": self._program.converters, "python": sys.version_info[:2]}}, [])

    def ask_shares(self, table: list[np.ndarray], output: str) -> None:
        """Ask what the first row's answer owes to each column, against the others; the answer comes as a frame."""
        self._write({"explain": output}, table)

    def kill(self) -> None:
        """End the process and whatever it has started, now."""
        # A child that it has left behind holds the socket open, and its group's number with it: that must end as well.
        if self._process is not None and (self._process.returncode is None or not self._gone):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """End the process, wait for it and remove what it wrote."""
        self.kill()
        self._stopped = True
        if self._look is not None:
            self._look.cancel()
        if self._process is not None:
            await self._process.wait()
        if self._frames is not None and self._frames.transport is not None:
            self._frames.transport.abort()
        self._scratch.cleanup()

    def memory_bytes(self) -> int:
        return resident_bytes(self.pid) if self.pid else 0

    def last_words(self) -> str:
        """The end of what the process wrote, for the operator."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
                return log.read().decode(errors="replace")
        except OSError:
            return ""

    @property
    def _log(self) -> Path:
        return Path(self._scratch.name) / "log"

    def _keep_short(self) -> None:
        """Throw the log away when it is long, and end the process when all that it wrote is."""
        with contextlib.suppress(OSError):
            if self._log.stat().st_size > _LOG_BYTES:
                os.truncate(self._log, 0)
        loop = asyncio.get_running_loop()
        began = loop.time()
        # On a thread: a model may have written very many files.
        weighing = loop.run_in_executor(None, holds_more, Path(self._scratch.name), self._program.scratch_bytes)
        weighing.add_done_callback(lambda found: self._weighed(found, loop.time() - began))

    def _weighed(self, found: asyncio.Future[bool], took_s: float) -> None:
        if self._stopped or found.cancelled():
            return
        if found.exception() is None and found.result():
            most = self._program.scratch_bytes
            self.ended_for = f"it wrote more than {most} bytes into its scratch folder ({SCRATCH_BYTES})"
            self.kill()
        else:
            pause_s = max(_LOOK_S, took_s / _LOOKING)
            self._look = asyncio.get_running_loop().call_later(pause_s, self._keep_short)

    def _write(self, head: Head, arrays: list[np.ndarray]) -> None:
        transport = self._frames.transport if self._frames is not None else None
        if transport is None or transport.is_closing():
            raise WorkerDied("the model's process has ended")
        parts = pack(head, arrays)
        if self._socket is not None and not transport.get_write_buffer_size() and sum(map(len, parts)) < AT_ONCE_BYTES:
            # The loop writes what its transports were given only after all that is ready has run, and the model would
            # stand idle until then. What fails here fails there too, which ends the worker.
            whole = b"".join(parts)
            sent = 0
            with contextlib.suppress(OSError):
                sent = self._socket.send(whole)
            if sent == len(whole):
                return
            parts = [whole[sent:]]
        transport.writelines(parts)

    def _told(self) -> Head:
        program = self._program
        return {
            "root": str(program.root),
            "runtime": program.runtime,
            "flavor": program.flavor,
            "schema": described(program.signature),
            "options": program.options,
            "processors": processors(),
        }

    def _confined(self) -> str:
        program = self._program
        readable = [str(program.root), str(GUEST_PARENT), *_environment_of(program.python), *program.converters]
        if program.runtime == _ON_JAVA:
            readable += _java()
        asked = {
            "readable": readable,
            "scratch": self._scratch.name,
            "memory_bytes": program.memory_bytes,
            "file_bytes": program.scratch_bytes,
        }
        return msgspec.json.encode(asked).decode()

    def _environment(self) -> dict[str, str]:
        kept = {
            name: os.environ[name]
            for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "JAVA_HOME")
            if name in os.environ
        }
        home = self._scratch.name
        own = {"HOME": home, "TMPDIR": home, "PYTHONPATH": str(GUEST_PARENT), "PYTHONDONTWRITEBYTECODE": "1"}
        # Libraries that ask who runs them shall not look for the list of users, which is closed to them.
        own |= {"USER": "model", "LOGNAME": "model"}
        return {**kept, **own, **dict.fromkeys(_THREADS, "1")}

    def _received(self, head: Head, arrays: list[np.ndarray]) -> None:
        if self._holds is None:
            self._holds = head["sandbox"]
        elif self._hello is not None and not self._hello.done():
            self._hello.set_result(head)
        else:
            self._on_frame(head, arrays)

    def _ended(self) -> None:
        self._gone = True
        if self._hello is not None and not self._hello.done():
            words = self.ended_for or self.last_words()[-500:]
            self._hello.set_exception(WorkerDied(f"the model does not load: it ended while loading: {words}"))
        else:
            self._on_end()


def _environment_of(python: Path) -> list[str]:
    """Where the interpreter and its libraries lie, said without running it."""
    if python == Path(sys.executable):
        return [sys.prefix, sys.base_prefix, *site.getsitepackages()]
    return [str(python.parent.parent), str(_base_of(python))]


def _java() -> list[str]:
    """Where a Java runtime may lie besides /usr: Debian keeps its settings under /etc, and others say where it is."""
    return [*map(str, Path("/etc").glob("java-*")), *filter(None, [os.environ.get("JAVA_HOME")])]


def _base_of(python: Path) -> Path:
    """Where the library of the interpreter lies that an environment was made with.

    An environment with a copy of it says so in a file that its packages may have written over: that is believed only
    of a place that has such a library.
    """
    real = python.resolve()
    if real.parent != python.parent.resolve():
        return real.parent.parent
    try:
        lines = (python.parent.parent / "pyvenv.cfg").read_text("utf-8").splitlines()
    except OSError:
        return real.parent.parent
    said = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
    base = Path(said.get("home", str(real.parent))).resolve().parent
    return base if any(base.glob("lib/python3*/encodings")) else real.parent.parent
