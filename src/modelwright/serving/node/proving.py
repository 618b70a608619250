"""Load-proof: one version opened in an environment made from its own requirements alone, and asked its own example.

A program of its own, so that whatever it does can be bounded and ended from outside: it reads `ProofAsked` as JSON from
standard input and writes a `Finding` to standard output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from modelwright.core.errors import ModelwrightError
from modelwright.serving.model import Engine, Finding, Isolation, Limits, ProofAsked, ProofState
from modelwright.serving.node import invocations
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.calls import Served
from modelwright.serving.node.environments import REQUIREMENTS, Environments
from modelwright.serving.node.loading import Loaded, Loader
from modelwright.serving.node.messages import Request
from modelwright.serving.node.package import Package, read_package
from modelwright.serving.node.threads import Threads
from modelwright.serving.node.worker.remote import RemoteRunner

# MLflow writes the first for its own server, and the second is the example as it was given.
EXAMPLE, PLAIN_EXAMPLE = "serving_input_example.json", "input_example.json"
EXPECTED = "output_example.json"
RELATIVE, ABSOLUTE = 1e-5, 1e-6
_ANSWER_S = 60.0
_LOAD_S = 300
_NICE = 15
_SHOWN_CHARACTERS = 200


class _Failed(Exception):
    """Something did not hold; `stage` says what was being tried."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage


class _Example(msgspec.Struct, frozen=True):
    """The body that asks the version's example, and the predictions that were recorded for it; None: there is none."""

    body: bytes | None
    expected: Any


async def prove(asked: ProofAsked) -> Finding:
    """What was found; never raises for what the version does."""
    facts: dict[str, Any] = {}
    try:
        reason = await _prove(asked, facts)
    except _Failed as failed:
        return Finding(state=ProofState.FAILED, stage=failed.stage, reason=str(failed), **facts)
    finally:
        await _settled()
    state = ProofState.PROVEN if "cold_start_s" in facts else ProofState.LOADS
    return Finding(state=state, reason=reason, **facts)


async def _prove(asked: ProofAsked, facts: dict[str, Any]) -> str:
    folder, home = Path(asked.folder), Path(asked.home)
    with _stage("layout"):
        package = read_package(folder)
        runtime = package.runtime(asked.route.runtime)
        example = _example(folder)
    if not (folder / REQUIREMENTS).is_file():
        raise _Failed("environment", f"the version has no {REQUIREMENTS}, so nobody can know what it needs")
    environments = Environments(home / "environments", clean=True, from_source=False)
    began = time.monotonic()
    with _stage("environment"):
        await environments.python_for(package, runtime, None)
    facts["environment_s"] = round(time.monotonic() - began, 3)
    with Threads(1) as threads:
        loader = Loader(environments=environments, home=home, threads=threads)
        return await _opened(asked, package, loader, example, facts)


async def _opened(asked: ProofAsked, package: Package, loader: Loader, example: _Example, facts: dict[str, Any]) -> str:
    limits = Limits(load_s=_LOAD_S, memory_bytes=asked.memory_bytes)
    # In a worker and as it is: a proof is about the version, not about what a node makes of it.
    route = msgspec.structs.replace(asked.route, engine=Engine.NATIVE, isolation=Isolation.WORKER, limits=limits)
    began = time.monotonic()
    with _stage("load"):
        loaded = await loader.load(package.root, route)
    try:
        facts["load_s"] = round(time.monotonic() - began, 3)
        if example.body is None:
            return "it has no input example, so it was loaded and not asked anything"
        with _stage("example"):
            predictions = await _predictions(loaded, example.body)
        _compare(example.expected, predictions)
        facts["cold_start_s"] = round(time.monotonic() - began, 3)
        return "" if example.expected is not None else f"no {EXPECTED} was recorded to compare its answer with"
    finally:
        if isinstance(loaded.runner, RemoteRunner):
            facts["memory_bytes"] = _peak_bytes(loaded.runner.pid)
        loaded.runner.close()


async def _settled() -> None:
    """Let killed workers be waited for and their sockets close, before the loop does."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)
    await asyncio.sleep(0)


@contextlib.contextmanager
def _stage(name: str) -> Any:
    try:
        yield
    except (ModelwrightError, OSError, ValueError) as error:
        reason = error.message if isinstance(error, ModelwrightError) else str(error)
        raise _Failed(name, reason) from error


def _example(folder: Path) -> _Example:
    body = None
    if (folder / EXAMPLE).is_file():
        body = (folder / EXAMPLE).read_bytes()
    elif (folder / PLAIN_EXAMPLE).is_file():
        given = msgspec.json.decode((folder / PLAIN_EXAMPLE).read_bytes())
        is_split = isinstance(given, dict) and given.keys() >= {"columns", "data"}
        body = msgspec.json.encode({"dataframe_split": given} if is_split else {"inputs": given})
    path = folder / EXPECTED
    if not path.is_file():
        return _Example(body, None)
    said = msgspec.json.decode(path.read_bytes())
    return _Example(body, said["predictions"] if isinstance(said, dict) and "predictions" in said else said)


async def _predictions(loaded: Loaded, body: bytes) -> Any:
    call = invocations.parse(Request("POST", "/invocations", {b"content-type": b"application/json"}, body))
    answered: asyncio.Future[Answer | ModelwrightError] = asyncio.get_running_loop().create_future()

    def ran(result: Answer | ModelwrightError) -> None:
        if not answered.done():
            answered.set_result(result)

    table = call.table(loaded.schema)
    loaded.runner.run(table, more=False, params=call.params, timeout_s=_ANSWER_S, ran=ran)
    result = await answered
    if isinstance(result, ModelwrightError):
        raise result
    rendered = call.render(result, Served("proof", "1", "", b"", ()))
    return msgspec.json.decode(rendered.body)["predictions"]


def _compare(expected: Any, actual: Any) -> None:
    """Raises _Failed when the two differ: text and whole numbers must be equal, other numbers to single precision."""
    if expected is not None and not alike(expected, actual):
        raise _Failed("output", f"it answered {_shown(actual)} to its example; recorded was {_shown(expected)}")


def alike(expected: Any, actual: Any) -> bool:
    """Whether two JSON values have one structure, equal text, and numbers that agree to single precision."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(alike(one, actual[name]) for name, one in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(alike, expected, actual))
    numbers = (int, float)
    if isinstance(expected, numbers) and isinstance(actual, numbers):
        return bool(np.isclose(expected, actual, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True))
    return bool(expected == actual)


def _shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} ..."


def _peak_bytes(pid: int) -> int:
    """The most memory that the process has ever held; 0 when the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    found = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(next(found, "0")) * 1024


def main() -> None:
    """Prove what standard input asks for."""
    # Whoever is being served comes first.
    os.nice(_NICE)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=ProofAsked)
    finding = asyncio.run(prove(asked))
    sys.stdout.buffer.write(msgspec.json.encode(finding))


if __name__ == "__main__":
    main()
