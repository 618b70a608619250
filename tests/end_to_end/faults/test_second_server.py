"""One folder has one server."""

import subprocess
from pathlib import Path

from modelwright.cli.server_process import ServerProcess, free_port, modelwright_command
from tests.end_to_end.api import Api


def test_a_second_server_says_who_has_the_folder(server: ServerProcess, server_home: Path, api: Api) -> None:
    """A second server on one folder refuses to start, names the first, and the first works on."""
    second = subprocess.run(
        modelwright_command(server_home, free_port()), capture_output=True, text=True, check=False, timeout=60
    )

    assert 0 != second.returncode
    assert str(server.process.pid) in second.stderr
    assert server.url in second.stderr
    assert api.new_experiment("still here")
