"""Requests that a browser makes for a page of a stranger: they can reach what its user can, and are refused.

Clients that are not browsers send neither `Origin` nor `Sec-Fetch-Site`, and are not looked at.
"""

from __future__ import annotations

import ipaddress

from modelwright.core.errors import Denied
from modelwright.serving.node.messages import Headers


def check_page(headers: Headers, own_names: frozenset[str] | None) -> None:
    """Raises Denied when a page of another site asks, or one whose name was made to point here.

    `own_names` are those this node goes by, beside addresses; None when it cannot know them all.
    """
    host = headers.get(b"host", b"").decode("latin-1").lower()
    origin = headers.get(b"origin")
    if origin is None:
        own = headers.get(b"sec-fetch-site", b"none") in {b"same-origin", b"none"}
    else:
        own = origin.decode("latin-1").lower().partition("://")[2] == host
    if not own:
        raise Denied("another site's page may not ask here; let its own server ask")
    if origin is not None and own_names is not None and not _is_own(without_port(host), own_names):
        raise Denied(
            f"this node does not answer pages under the name {host!r:.300}; start it with --address if it is its"
        )


def _is_own(name: str, own_names: frozenset[str]) -> bool:
    if name == "localhost" or name in own_names:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # An address cannot be made to point elsewhere: whoever sends one has connected to it.
    return address.is_loopback or address.is_private


def without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
