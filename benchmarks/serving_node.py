"""One of our nodes over a model folder, for the benchmark: `python -m benchmarks.serving_node FOLDER PORT`."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from modelwright.serving.model import (
    DesiredDeployment,
    DesiredState,
    Engine,
    Isolation,
    Limits,
    Logging,
    Mode,
    NodeReport,
    Route,
)
from modelwright.serving.node.ledger import Sink
from modelwright.serving.node.main import Options, run
from modelwright.serving.node.segments import Segments
from modelwright.serving.node.sources import route_from_folder

CROWD = 19
HANG_MS = 5_000


class Arranged:
    """A source with one state for ever; every route has the files of some folder."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}
        self.deployments: list[DesiredDeployment] = []

    def route(self, folder: Path, number: int = 1, **changes: object) -> Route:
        route, paths = route_from_folder(folder, "model", number, identity=f"r{number}")
        self._paths |= paths
        return msgspec.structs.replace(route, **changes)

    async def desired(self, after: int, wait_s: float) -> DesiredState | None:
        if after < 1:
            return DesiredState(revision=1, deployments=tuple(self.deployments))
        await asyncio.sleep(wait_s)
        return None

    async def fetch(self, digest: str) -> AsyncIterator[bytes]:
        yield self._paths[digest].read_bytes()

    async def report(self, report: NodeReport) -> None:
        """Nobody is listening."""

    async def close(self) -> None:
        """Nothing is open."""


def arranged(options: argparse.Namespace) -> Arranged:
    source = Arranged()
    kept = Logging() if options.ledger else Logging(share=0.0)
    about = {"engine": Engine(options.engine), "isolation": Isolation(options.isolation)}

    def deploy(name: str, *routes: Route) -> None:
        source.deployments.append(DesiredDeployment(name=name, routes=routes, logging=kept))

    if options.arrangement == "split":
        deploy("model", *[source.route(options.folder, number, share=0.5, **about) for number in (1, 2)])
    elif options.arrangement == "shadow":
        shadow = source.route(options.folder, 2, mode=Mode.SHADOW, **about)
        deploy("model", source.route(options.folder, 1, **about), shadow)
    else:
        deploy("model", source.route(options.folder, 1, **about))
    if options.arrangement == "crowd":
        for number in range(1, CROWD):
            deploy(f"model-{number}", source.route(options.folder, 1, **about))
        deploy("bad", source.route(options.bad, 1, engine=Engine.NATIVE, limits=Limits(deadline_ms=HANG_MS)))
    return source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--isolation", default="auto")
    parser.add_argument("--ledger", action="store_true")
    parser.add_argument("--arrangement", choices=["direct", "split", "shadow", "crowd"], default="direct")
    parser.add_argument("--bad", type=Path, help="with crowd: the folder of the twentieth model")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        home = Path(kept)
        sinks: list[Sink] = [Segments(home / "ledger", node="bench", key=bytes(32))] if options.ledger else []
        run(Options(name="bench", home=home, port=options.port), lambda: arranged(options), sinks)


if __name__ == "__main__":
    main()
