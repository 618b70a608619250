"""A full disk stops writes, and nothing else; room brings them back without a restart."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from modelwright.cli.server_process import ServerProcess, free_port, modelwright_command, running
from tests.end_to_end.api import Api, must
from tests.end_to_end.faults.small_disk import MIB, fill, on_small_disk


@pytest.fixture
def small_disk(home: Path) -> Iterator[ServerProcess]:
    """A server whose home is a disk of 48 MB of its own."""
    home.mkdir()
    port = free_port()
    command = on_small_disk(modelwright_command(home, port), home, mib=48)
    with running(command, url=f"http://127.0.0.1:{port}", log=home.with_suffix(".log")) as server:
        yield server


def test_a_full_disk_refuses_writes_and_serves_reads(small_disk: ServerProcess, home: Path) -> None:
    """Writes answer 507, reads go on, all that was acknowledged stays, and room is used at once."""
    api = Api(small_disk.url)
    experiment = api.new_experiment("full")
    run = api.new_run(experiment)
    must(api.post("runs/log-parameter", run_id=run, key="before", value="1"))
    assert 200 == api.put_file(experiment, run, "before.bin", b"b" * MIB).status_code
    disk = Path(f"/proc/{small_disk.process.pid}/root{home}")

    fill(disk / "filler")
    acknowledged = until_507(lambda i: api.post("runs/log-parameter", run_id=run, key=f"p{i}", value="x" * 6000))
    upload = api.put_file(experiment, run, "after.bin", os.urandom(4 * MIB))
    reads = [
        api.get("runs/get", run_id=run).status_code,
        api.post("runs/search", experiment_ids=[experiment]).status_code,
        api.get_file(experiment, run, "before.bin").status_code,
        api.http.get("/health").status_code,
    ]
    (disk / "filler").unlink()

    assert 507 == upload.status_code, upload.text
    assert [200] * len(reads) == reads
    must(api.post("runs/log-parameter", run_id=run, key="after", value="1"))
    assert 200 == api.put_file(experiment, run, "after.bin", b"a" * MIB).status_code
    params = {param["key"] for param in api.run(run)["params"]}
    assert {"before", "after", *(f"p{i}" for i in range(acknowledged))} == params
    assert b"b" * MIB == api.get_file(experiment, run, "before.bin").content
    assert b"a" * MIB == api.get_file(experiment, run, "after.bin").content
    api.close()


def until_507(write: Callable[[int], httpx.Response]) -> int:
    """How many writes were taken before the first was refused with 507; no other refusal will do."""
    for i in range(20_000):
        answer = write(i)
        if answer.status_code != httpx.codes.OK:
            assert 507 == answer.status_code, answer.text
            return i
    raise AssertionError("a full disk took 20,000 writes of 6 kB")
