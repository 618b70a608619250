"""SQL of nodes, and of what their routes did in short windows."""

from itertools import zip_longest
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select

from modelwright.core import limits
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.serving.model import NodeReport, WindowCounts
from modelwright.serving.shown import RouteWindow
from modelwright.serving.store.tables import nodes, windows

_NODE = Sql(select(nodes.c.seen_ms, nodes.c.report).where(nodes.c.name == bindparam("name")))
_NODES = Sql(select(nodes.c.seen_ms, nodes.c.report).order_by(nodes.c.name))
_PUT_NODE = Sql(
    lambda insert_into: (
        insert_into(nodes)
        .values(
            name=bindparam("name"),
            address=bindparam("address"),
            seen_ms=bindparam("seen_ms"),
            report=bindparam("report"),
        )
        .on_conflict_do_update(
            index_elements=["name"],
            set_={
                "address": bindparam("address"),
                "seen_ms": bindparam("seen_ms"),
                "report": bindparam("report"),
            },
        )
    )
)
_ADD_WINDOW = Sql(
    lambda insert_into: (
        insert_into(windows)
        .values(**{column.name: bindparam(column.name) for column in windows.c})
        .on_conflict_do_nothing()
    )
)
WINDOW_COLUMNS = tuple(windows.c[name] for name in RouteWindow.__struct_fields__)
_WINDOWS = Sql(
    select(*WINDOW_COLUMNS)
    .where(
        windows.c.deployment == bindparam("deployment"),
        windows.c.window_ms >= bindparam("since_ms"),
        windows.c.window_ms < bindparam("until_ms"),
    )
    .order_by(windows.c.window_ms)
)
_DROP_WINDOWS = Sql(delete(windows).where(windows.c.window_ms < bindparam("before_ms")))


class Reported(msgspec.Struct, frozen=True):
    """A node's last report, and when the server got it by its own clock."""

    seen_ms: int
    report: NodeReport


def find(tx: ReadTx, name: str) -> Reported | None:
    row = tx.one(_NODE, name=name)
    return None if row is None else _reported(row)


def every(tx: ReadTx) -> list[Reported]:
    return [_reported(row) for row in tx.all(_NODES)]


def put(tx: WriteTx, report: NodeReport, *, seen_ms: int) -> None:
    """Keep the report, without its windows."""
    kept = msgspec.json.encode(msgspec.structs.replace(report, windows=()))
    tx.run(_PUT_NODE, name=report.node, address=report.address, seen_ms=seen_ms, report=kept.decode())


def add_window(tx: WriteTx, node: str, counts: WindowCounts) -> bool:
    """Whether it is new: a report whose acknowledgement was lost comes twice."""
    added = tx.run(
        _ADD_WINDOW,
        deployment=counts.deployment,
        route=counts.route,
        window_ms=counts.window_ms,
        node=node,
        pinned=int(counts.pinned),
        requests=counts.requests,
        rows=counts.rows,
        errors=counts.errors,
        refused=counts.refused,
        latency_sum_ms=counts.latency_sum_ms,
        latency_counts=msgspec.json.encode(counts.latency_counts).decode(),
        compared=counts.compared,
        differing=counts.differing,
    )
    return added > 0


def windows_of(tx: ReadTx, deployment: str, *, since_ms: int, until_ms: int = limits.INT64_MAX) -> list[RouteWindow]:
    """Those that began from `since_ms` on and before `until_ms`, summed over nodes, oldest first."""
    found: dict[tuple[str, int], RouteWindow] = {}
    for row in tx.all(_WINDOWS, deployment=deployment, since_ms=since_ms, until_ms=until_ms):
        new = window_of(row)
        route, window_ms = new.route, new.window_ms
        had = found.get((route, window_ms))
        found[route, window_ms] = new if had is None else _summed(had, new)
    return list(found.values())


def drop_windows(tx: WriteTx, *, before_ms: int) -> int:
    """Forget counts of that time; of how many windows."""
    return tx.run(_DROP_WINDOWS, before_ms=before_ms)


def _reported(row: tuple[Any, ...]) -> Reported:
    return Reported(row[0], msgspec.json.decode(row[1], type=NodeReport))


def window_of(row: tuple[Any, ...]) -> RouteWindow:
    """A row of WINDOW_COLUMNS."""
    values = dict(zip(RouteWindow.__struct_fields__, row, strict=True))
    values["latency_counts"] = msgspec.json.decode(values["latency_counts"], type=tuple[int, ...])
    return RouteWindow(**values)


def _summed(a: RouteWindow, b: RouteWindow) -> RouteWindow:
    return msgspec.structs.replace(
        a,
        requests=a.requests + b.requests,
        rows=a.rows + b.rows,
        errors=a.errors + b.errors,
        refused=a.refused + b.refused,
        compared=a.compared + b.compared,
        differing=a.differing + b.differing,
        latency_sum_ms=a.latency_sum_ms + b.latency_sum_ms,
        latency_counts=tuple(x + y for x, y in zip_longest(a.latency_counts, b.latency_counts, fillvalue=0)),
    )
