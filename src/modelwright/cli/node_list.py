"""`modelwright node list`: apart from `modelwright node`, which starts without what a table and a client need."""

from __future__ import annotations

import click

from modelwright.cli.output import JSON, URL, ago, show, table
from modelwright.sdk import serving
from modelwright.sdk.http import Api

_MEGABYTE = 1024 * 1024
_NONE = (
    "No node has reported yet. The server starts its own with the first deployment; what keeps it from starting is in "
    "the server's output."
)


@click.command("list", epilog="Example:  modelwright node list")
@URL
@JSON
def list_(url: str | None, *, as_json: bool) -> None:
    """All nodes that ever reported."""
    with Api(url) as api:
        found = serving.nodes(api=api)
    rows = [
        (
            one.name,
            f"{one.address} (alone: {one.own_address})" if one.own_address else one.address,
            "up" if one.fresh else "away",
            "newest" if not one.behind else f"{one.behind} behind",
            f"{one.memory_bytes / _MEGABYTE:.0f} MB",
            f"{len(one.routes)}",
            one.ledger.trouble or (f"{one.ledger.dropped_rows} rows lost" if one.ledger.dropped_rows else "ok"),
            ago(one.seen_ms),
        )
        for one in found
    ]
    columns = ("NAME", "ADDRESS", "STATE", "REVISION", "MEMORY", "ROUTES", "LEDGER", "SEEN")
    show(found, lambda: table(columns, rows, empty=_NONE), as_json=as_json)
