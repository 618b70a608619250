"""Several servers on one PostgreSQL behave as one."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from modelwright.cli.server_process import modelwright_server
from tests.conftest import Postgres
from tests.end_to_end.api import Api, must

CLIENTS, EACH = 16, 8


def test_versions_are_numbered_without_gap_or_repeat(postgres: Postgres, tmp_path: Path) -> None:
    """Sixteen clients of two servers make versions of one model at once: numbers are 1..n."""
    database = postgres.new_database()
    env = {"MODELWRIGHT_DATABASE": database, "MODELWRIGHT_ARTIFACTS": (tmp_path / "files").as_uri()}
    with (
        modelwright_server(tmp_path / "first", "--no-local-node", env=env) as first,
        modelwright_server(tmp_path / "second", "--no-local-node", env=env) as second,
    ):
        with Api(first.url) as api:
            must(api.post("registered-models/create", name="model"))
        servers = itertools.cycle([first, second])
        with ThreadPoolExecutor(CLIENTS) as pool:
            numbers = list(pool.map(make_versions, [next(servers).url for _ in range(CLIENTS)]))
        with Api(second.url) as api:
            found = must(api.get("model-versions/search", filter="name = 'model'"))["model_versions"]

    assert list(range(1, CLIENTS * EACH + 1)) == sorted(itertools.chain.from_iterable(numbers))
    assert list(range(1, CLIENTS * EACH + 1)) == sorted(int(one["version"]) for one in found)


def make_versions(url: str) -> list[int]:
    """The numbers of the versions that one client made."""
    with Api(url, timeout_s=60.0) as api:
        made = [must(api.post("model-versions/create", name="model", source="s3://bucket/m")) for _ in range(EACH)]
    return [int(one["model_version"]["version"]) for one in made]
