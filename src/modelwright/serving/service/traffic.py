"""What deployments answered: a list of all of them with the last minutes, and one of them along time."""

from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx
from modelwright.core.pages import Page, fingerprint, page_token, position
from modelwright.serving.model import WINDOW_MS, Mode, RouteReport
from modelwright.serving.service.deployments import FRESH_MS
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import nodes as node_store
from modelwright.serving.store import traffic as store
from modelwright.serving.traffic import (
    LATE_MS,
    DeploymentRow,
    RouteRow,
    TrafficShown,
    along,
    deployment_state,
    recent,
    route_state,
)

RECENT_MS = 5 * 60_000
"""The time over which a list tells rates."""

_Reports = dict[tuple[str, str], list[RouteReport]]


def page(
    tx: ReadTx, *, words: str = "", model: str = "", number: int = 0, limit: int = 100, token: str | None = None
) -> Page[DeploymentRow]:
    """Deployments by name whose name contains `words`, and that have a route to a version of `model`.

    `number` 0 and `model` "" stand for any. Asks the database as often for one deployment as for a thousand.
    """
    query = fingerprint("deployments", words, model, number)
    after = position(token, query, (str,))[0] if token else ""
    found = store.matching(tx, words=words, model=model, number=number, after=after, limit=limit + 1)
    here, more = found[:limit], found[limit:]
    pks = [one.pk for one in here]
    until_ms = _settled(now_ms())
    windows = store.windows_since(tx, [one.name for one in here], until_ms - RECENT_MS)
    routes, rollouts, reports = store.routes_of(tx, pks), store.open_rollouts(tx, pks), _reports(tx)
    rows = []
    for one in here:
        shown = tuple(_route(one.name, route, reports) for route in routes[one.pk])
        live = {route.id for route in shown if route.mode is Mode.LIVE}
        mine = [window for window in windows[one.name] if window.route in live]
        rollout, phase = rollouts.get(one.pk, (None, None))
        row = DeploymentRow(
            name=one.name,
            state=deployment_state(shown, stopped=one.stopped),
            stopped=one.stopped,
            updated_ms=one.updated_ms,
            routes=shown,
            traffic=recent(mine, since_ms=until_ms - RECENT_MS, until_ms=until_ms),
            rollout=rollout,
            rollout_phase=phase,
        )
        rows.append(row)
    return Page(
        items=rows,
        total=store.count_matching(tx, words=words, model=model, number=number),
        next_page_token=page_token(query, [here[-1].name]) if more else None,
    )


def _reports(tx: ReadTx) -> _Reports:
    """What the nodes that are heard of say of each route."""
    oldest = now_ms() - FRESH_MS
    found: _Reports = {}
    for one in node_store.every(tx):
        for report in one.report.routes if one.seen_ms >= oldest else ():
            found.setdefault((report.deployment, report.route), []).append(report)
    return found


def _route(deployment: str, route: store.ListedRoute, reports: _Reports) -> RouteRow:
    state = route_state(reports.get((deployment, route.id), []))
    return RouteRow(id=route.id, version=route.version, mode=route.mode, share=route.share, state=state)


def traffic(tx: ReadTx, deployment: str, *, minutes: int, until_ms: int | None, points: int) -> TrafficShown:
    """What each route did in the `minutes` before `until_ms` (None: now), in at most `points` steps.

    Raises NotFound.
    """
    held = deployment_store.get(tx, deployment)
    newest = _settled(now_ms())
    until = newest if until_ms is None else min(_settled(until_ms + LATE_MS + WINDOW_MS), newest)
    since = until - minutes * 60_000
    windows = node_store.windows_of(tx, held.name, since_ms=since, until_ms=until)
    return along(windows, since_ms=since, until_ms=until, points=points)


def _settled(at_ms: int) -> int:
    """The end of the last window that all nodes can have reported."""
    return at_ms - at_ms % WINDOW_MS - LATE_MS
