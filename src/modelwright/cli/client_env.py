"""The separate environment of the unmodified mlflow client: made on first use, then reused."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from modelwright.core.errors import ModelwrightError

REQUIREMENTS = Path(__file__).with_name("client_requirements.txt")


class ClientEnvFailed(ModelwrightError):
    """The environment could not be made; the message says what failed and what would help."""


def default_folder() -> Path:
    """Where environments are kept: `MODELWRIGHT_CLIENT_ENVS`, else the user's cache folder."""
    chosen = os.environ.get("MODELWRIGHT_CLIENT_ENVS")
    if chosen:
        return Path(chosen).absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "modelwright" / "client-envs"


def ensure(
    folder: Path | None = None,
    *,
    requirements: Path = REQUIREMENTS,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """The interpreter of an environment that holds exactly `requirements`.

    An environment is found by the digest of its requirements and by the Python version, so a changed
    file makes a new one. Safe to call from several processes at once: one builds, the others wait.
    Raises ClientEnvFailed when it cannot be built.
    """
    folder = default_folder() if folder is None else folder.absolute()
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    home = folder / f"mlflow-py{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = home / "complete"
    if complete.exists():
        return python
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / f"{home.name}.lock"):
        if not complete.exists():
            tell(f"Installing the mlflow client into {home} (once; about a minute) ...")
            # A build that was cut leaves a folder without the mark; starting over is cheaper than repair.
            shutil.rmtree(home, ignore_errors=True)
            _build(home, python, requirements)
            complete.touch()
    return python


def version_of(package: str, requirements: Path = REQUIREMENTS) -> str:
    """The version that the requirements fix for `package`. Raises KeyError when they do not."""
    pins = dict(line.split("==", 1) for line in requirements.read_text().splitlines() if "==" in line)
    return pins[package].partition(" ")[0]


def quiet() -> dict[str, str]:
    """Environment variables under which the client neither phones home nor clutters the terminal."""
    return {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
        "GIT_PYTHON_REFRESH": "quiet",
        "TQDM_DISABLE": "1",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    }


def _build(home: Path, python: Path, requirements: Path) -> None:
    uv = shutil.which("uv")
    if uv is not None:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(home)])
        _run([uv, "pip", "install", "--quiet", "--python", str(python), "--requirement", str(requirements)])
        return
    venv.create(home, with_pip=True)
    _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        raise ClientEnvFailed(
            f"`{' '.join(command)}` failed with status {done.returncode}; it needs a Python package index:\n"
            f"{(done.stderr or done.stdout).strip()}"
        )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
