"""A node for one folder, without a server, in an environment that holds all it needs: what bundles and images start."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from modelwright.serving.node.main import Options, run
from modelwright.serving.node.sources import FolderSource


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="run", description="Answer predictions of one model.")
    parser.add_argument("folder", type=Path, help="the model, in MLflow's layout")
    parser.add_argument("--name", required=True, help="the name it answers under")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on [%(default)s]")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one [%(default)s]")
    parser.add_argument("--home", type=Path, help="where it may write [a temporary folder]")
    asked = parser.parse_args()
    logging.basicConfig(level="INFO", format="%(levelname)s node %(message)s")
    home = asked.home or Path(tempfile.mkdtemp(prefix="modelwright-node-"))
    home.mkdir(parents=True, exist_ok=True)
    options = Options(name=asked.name, home=home, host=asked.host, port=asked.port, python=Path(sys.executable))
    run(options, lambda: FolderSource(asked.folder.resolve(), asked.name), listening=_tell)


def _tell(port: int) -> None:
    sys.stdout.write(f"listening on port {port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
