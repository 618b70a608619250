"""The tutorials, block by block, as they would be pasted."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelwright.cli import client_env
from modelwright.cli.server_process import free_port, modelwright_server

ROOT = Path(__file__).parents[2]
TUTORIALS = ROOT / "docs" / "tutorials"
BLOCK = re.compile(r"^```(python)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ID = re.compile(r"\b[0-9a-f]{32}\b")
# Pastes what is sent, and says when it is done; what is refused is printed, as a prompt would.
PROMPT = """
import json, sys, traceback
pasted = {}
for line in sys.stdin:
    try:
        exec(json.loads(line), pasted)
    except Exception:
        traceback.print_exc(file=sys.stdout)
    print("\\n<done>", flush=True)
"""


class Terminals:
    """The second and the third terminal of a reader."""

    def __init__(self, python: "subprocess.Popen[str]", env: dict[str, str]) -> None:
        self._python = python
        self._env = env
        self._seen = ""

    def paste(self, block: str, *, python: bool) -> str:
        """What came of it."""
        said = self._pasted(block) if python else self._typed(block)
        self._seen += said
        return said

    def _pasted(self, block: str) -> str:
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        self._python.stdin.write(json.dumps(block) + "\n")
        self._python.stdin.flush()
        lines: list[str] = []
        for line in self._python.stdout:
            if line == "<done>\n":
                return "".join(lines)
            lines.append(line)
        raise AssertionError("Python has ended:\n" + "".join(lines))

    def _typed(self, block: str) -> str:
        found = ID.findall(self._seen)
        typed = block.replace("<id>", found[-1] if found else "")
        done = subprocess.run(
            ["bash", "-ec", typed], capture_output=True, text=True, check=False, env=self._env, timeout=500
        )
        expected = 1 if "--replay 300" in block else 0  # the worse candidate is not promoted
        assert expected == done.returncode, f"{typed}\n{done.stdout}{done.stderr}"
        return done.stdout


@contextmanager
def terminals(env: dict[str, str], folder: Path) -> Iterator[Terminals]:
    python = client_env.ensure(ROOT / ".envs")
    with subprocess.Popen(
        [str(python), "-c", PROMPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**env, **client_env.quiet()},
    ) as process:
        try:
            yield Terminals(process, env)
        finally:
            process.kill()


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_tutorials_hold_when_they_are_pasted(tmp_path: Path) -> None:
    """One after the other; only what the text says is refused."""
    node = free_port()
    with modelwright_server(tmp_path / "models", "--node-port", str(node)) as server:
        env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MODELWRIGHT_URL": server.url,
            "MLFLOW_TRACKING_URI": server.url,
        }
        said: dict[str, str] = {}
        with terminals(env, tmp_path) as reader:
            for name in ("first-model.md", "first-deployment.md"):
                for language, block in BLOCK.findall((TUTORIALS / name).read_text("utf-8")):
                    if "bin/activate" not in block:
                        here = block.replace("127.0.0.1:5711", f"127.0.0.1:{node}")
                        said[block] = reader.paste(here, python=bool(language))

    refused = [block for block, words in said.items() if "Traceback" in words]
    assert ["delete_model_version" in block for block in refused] == [True]
    for part, words in (
        ("deployment show wine-api\n", "wine:1   100 %"),
        ("print(answer.json())", "{'predictions': ["),
        ("strong", "column 'alcohol', row 0"),
        ("why <id>", "replay   equal"),
        ("--replay 300", "rolled_back"),
        ("--canary", "promoted"),
        ("route set", "routes.changed"),
    ):
        found = next(told for block, told in said.items() if part in block)
        assert words in found, found
