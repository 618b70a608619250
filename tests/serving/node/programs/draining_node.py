"""A node with two seconds of grace. argv: its home, the folder of a model; prints its port."""

import sys
from pathlib import Path

from modelwright.serving.node.main import Options, run
from modelwright.serving.node.segments import Segments
from modelwright.serving.node.sources import FolderSource

home, folder = Path(sys.argv[1]), Path(sys.argv[2])
run(
    Options(name="one", home=home, port=0, grace_s=2.0),
    lambda: FolderSource(folder, "api"),
    sinks=[Segments(home / "ledger", node="one", key=b"k")],
    listening=lambda port: print(port, flush=True),
)
