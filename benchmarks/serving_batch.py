"""A file through a model folder, as `modelwright predict` does it once it has the version: `python -m
benchmarks.serving_batch FOLDER SOURCE TARGET HOME ENGINE`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from modelwright.serving.batch.scoring import Asked, score
from modelwright.serving.model import Engine
from modelwright.serving.node.sources import route_from_folder


def main() -> None:
    folder, source, target, home = (Path(one) for one in sys.argv[1:5])
    route, paths = route_from_folder(folder, "model")

    async def fetch(digest: str) -> AsyncIterator[bytes]:
        yield await asyncio.to_thread(paths[digest].read_bytes)

    asked = Asked(source=source, target=target, engine=Engine(sys.argv[5]))
    rows = score(asked, route, fetch, home=home, progress=lambda _rows: None)
    print(f"{rows} rows")


if __name__ == "__main__":
    main()
