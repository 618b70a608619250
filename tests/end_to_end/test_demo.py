"""`modelwright demo`, as a newcomer runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_goes_all_the_way(tmp_path: Path) -> None:
    """It trains, registers, predicts, says where to look, deploys, sees a worse candidate rolled back, and leaves."""
    done = subprocess.run(
        [sys.executable, "-m", "modelwright", "demo", "--home", str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CI": "1", "MODELWRIGHT_CLIENT_ENVS": str(ROOT / ".envs")},
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "1. Trained 4 candidates" in done.stdout
    assert "2. Registered the best as breast-cancer, version 1" in done.stdout
    assert "3. Loaded models:/breast-cancer@champion and predicted 171 cases" in done.stdout
    assert "Where to look:" in done.stdout
    assert "4. Deployed the champion" in done.stdout
    assert "breast-cancer:2 violates 'error_rate not worse'" in done.stdout
    assert "and asked again, that version gives the same answer" in done.stdout
