"""A node whose deployment promises `logged`, until it is killed. argv: its home, a model folder; prints its address."""

import sys
import time
from pathlib import Path

from modelwright.serving.model import Durability, Logging
from modelwright.serving.node.segments import Segments
from tests.serving.node.live import LiveNode, Shelf

home, folder = Path(sys.argv[1]), Path(sys.argv[2])
shelf = Shelf()
node = LiveNode(home, shelf, sinks=[Segments(home / "ledger", node="one", key=b"k")])
node.serve(shelf.route(folder), logging=Logging(durability=Durability.LOGGED))
print(node.url, flush=True)
time.sleep(600)
