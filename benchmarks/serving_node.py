"""One of our nodes over a model folder, for the benchmark: `python -m benchmarks.serving_node FOLDER PORT ENGINE
LEDGER`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from modelwright.serving.model import Engine
from modelwright.serving.node.ledger import Sink
from modelwright.serving.node.main import Options, run
from modelwright.serving.node.segments import Segments
from modelwright.serving.node.shipping import ledger_key
from modelwright.serving.node.sources import FolderSource


def main() -> None:
    folder, port, engine, ledger = Path(sys.argv[1]), int(sys.argv[2]), Engine(sys.argv[3]), sys.argv[4] == "ledger"
    with tempfile.TemporaryDirectory() as kept:
        home = Path(kept)
        sinks: list[Sink] = [Segments(home / "ledger", node="bench", key=ledger_key(home))] if ledger else []
        options = Options(name="bench", home=home, port=port)
        run(options, lambda: FolderSource(folder, "model", engine=engine), sinks)


if __name__ == "__main__":
    main()
