"""A client that writes all the time, keeps account of what was acknowledged, and asks for all of it afterwards."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

from tests.end_to_end.api import Api

KINDS = ("param", "metric", "tag", "file")
ANSWER_WITHIN_S = 60.0


class Writer:
    """Writes into a run of its own; write `n` is the param, the metric, the tag or the file of number `n // 4`.

    The first `acknowledged` writes were answered. One that was cut is sent again, as real clients do: it must not
    count twice.
    """

    def __init__(self, url: str, experiment: str, run_id: str) -> None:
        self.experiment, self.run_id = experiment, run_id
        self.acknowledged = 0
        self.refused: list[str] = []
        self._api = Api(url, timeout_s=ANSWER_WITHIN_S)

    def write_until(self, stop: threading.Event) -> None:
        """Write one after the other, also when the server has been gone; ends early when it refuses one."""
        while not stop.is_set():
            try:
                answer = self._write(self.acknowledged)
            except httpx.TransportError:
                stop.wait(0.05)
                continue
            if answer.status_code != httpx.codes.OK:
                self.refused.append(answer.text)
                return
            self.acknowledged += 1

    def _write(self, write: int) -> httpx.Response:
        i, run = write // len(KINDS), self.run_id
        match KINDS[write % len(KINDS)]:
            case "param":
                return self._api.post("runs/log-parameter", run_id=run, key=f"p{i}", value=str(i))
            case "metric":
                return self._api.post(
                    "runs/log-metric", run_id=run, key="m", value=float(i), timestamp=1000 + i, step=i
                )
            case "tag":
                return self._api.post("runs/set-tag", run_id=run, key=f"t{i}", value=str(i))
            case _:
                return self._api.put_file(self.experiment, run, f"f{i}.bin", content(run, i))

    def check(self) -> None:
        """Everything acknowledged is there once; at most the one write that was cut is there besides."""
        run = self.run_id
        data = self._api.run(run)
        params = {param["key"]: param["value"] for param in data.get("params", [])}
        tags = {tag["key"]: tag["value"] for tag in data.get("tags", []) if tag["key"].startswith("t")}
        points = Counter((point["step"], point["value"]) for point in self._api.history(run, "m"))

        assert [] == self.refused
        assert_whole({f"p{i}": str(i) for i in self._told("param")}, params)
        assert_whole({f"t{i}": str(i) for i in self._told("tag")}, tags)
        assert_whole({(i, float(i)): 1 for i in self._told("metric")}, points)
        for i in self._told("file"):
            assert content(run, i) == self._api.get_file(self.experiment, run, f"f{i}.bin").content

    def _told(self, kind: str) -> range:
        """The numbers of the writes of a kind that were acknowledged."""
        place = KINDS.index(kind)
        return range((self.acknowledged - place + len(KINDS) - 1) // len(KINDS))

    def close(self) -> None:
        self._api.close()


def assert_whole(acknowledged: Mapping[Any, Any], found: Mapping[Any, Any]) -> None:
    """Nothing acknowledged is missing or different, and no more than the one write that was cut is there besides."""
    assert acknowledged == {key: value for key, value in found.items() if key in acknowledged}
    assert len(found) <= len(acknowledged) + 1


def content(run_id: str, i: int) -> bytes:
    return hashlib.sha256(f"{run_id} {i}".encode()).digest() * (1 + 400 * (i % 7))
