"""The separate environment of the mlflow client."""

import subprocess
from pathlib import Path

import pytest

from modelwright.cli import client_env


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    """Requirements that ask for nothing, so that an environment needs no package index."""
    file = tmp_path / "nothing.txt"
    file.write_text("# nothing\n")
    return file


def test_an_environment_is_made_once(tmp_path: Path, nothing: Path) -> None:
    """The first use builds, the second finds what is there; its Python runs."""
    said: list[str] = []
    first = client_env.ensure(tmp_path / "envs", requirements=nothing, tell=said.append)
    second = client_env.ensure(tmp_path / "envs", requirements=nothing, tell=said.append)

    assert first == second
    assert 1 == len(said)
    assert b"42\n" == subprocess.run([first, "-c", "print(42)"], check=True, capture_output=True).stdout


def test_other_requirements_are_another_environment(tmp_path: Path, nothing: Path) -> None:
    """A changed file never meets the environment of the old one."""
    before = client_env.ensure(tmp_path / "envs", requirements=nothing)
    nothing.write_text("# still nothing\n")

    assert before != client_env.ensure(tmp_path / "envs", requirements=nothing)


def test_a_build_that_was_cut_is_done_again(tmp_path: Path, nothing: Path) -> None:
    """A folder without the mark of completion is thrown away and rebuilt."""
    python = client_env.ensure(tmp_path / "envs", requirements=nothing)
    home = python.parents[1]
    (home / "complete").unlink()
    (home / "left over").touch()
    client_env.ensure(tmp_path / "envs", requirements=nothing)

    assert (home / "complete").exists()
    assert not (home / "left over").exists()


def test_a_failing_build_says_what_failed(tmp_path: Path) -> None:
    """What the installer said reaches the user, and nothing counts as built."""
    impossible = tmp_path / "impossible.txt"
    impossible.write_text(f"{tmp_path}/missing.whl\n")
    with pytest.raises(client_env.ClientEnvFailed, match=r"missing\.whl"):
        client_env.ensure(tmp_path / "envs", requirements=impossible)

    assert [] == list((tmp_path / "envs").glob("*/complete"))


def test_the_folder_is_chosen_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MODELWRIGHT_CLIENT_ENVS wins over the user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MODELWRIGHT_CLIENT_ENVS", raising=False)
    assert tmp_path / "cache" / "modelwright" / "client-envs" == client_env.default_folder()
    monkeypatch.setenv("MODELWRIGHT_CLIENT_ENVS", str(tmp_path / "chosen"))

    assert tmp_path / "chosen" == client_env.default_folder()


def test_the_client_is_of_a_fixed_version() -> None:
    """The requirements fix the version that the documentation speaks of."""
    assert client_env.version_of("mlflow").startswith("3.17.")
