"""Requests that a browser makes for a page of a stranger: they can reach what its user can, and are refused.

Clients that are not browsers are not looked at.
"""

from __future__ import annotations

from modelwright.core.errors import Denied
from modelwright.core.sites import is_own, same_site
from modelwright.serving.node.messages import Headers


def check_page(headers: Headers, own_names: frozenset[str] | None) -> None:
    """Raises Denied when a page of another site asks, or one whose name was made to point here.

    `own_names` are those this node goes by, beside addresses; None when it cannot know them all.
    """
    if not same_site(headers):
        raise Denied("another site's page may not ask here; let its own server ask")
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if b"origin" in headers and own_names is not None and not is_own(host, own_names):
        raise Denied(
            f"this node does not answer pages under the name {host!r:.300}; start it with --address if it is its"
        )
