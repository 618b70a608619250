"""The key of hashed columns is one, whoever comes first."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from modelwright.serving.node.shipping import ledger_key


def test_nodes_that_start_together_have_one_key(tmp_path: Path) -> None:
    """None of them reads half of it, and nobody else may read it at all."""
    path = tmp_path / "node" / "ledger.key"
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(ledger_key, [path] * 64))

    assert {32} == {len(key) for key in keys}
    assert keys == {ledger_key(path)}
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())
