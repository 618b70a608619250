"""Whose page a browser asks for, and by what name: what the Host and Origin headers say, judged in one place.

A page of a stranger can have its browser send a request here, and can have its own name point at this machine
(DNS rebinding). Clients that are not browsers send neither `Origin` nor `Sec-Fetch-Site`.
"""

import ipaddress
from collections.abc import Collection, Mapping


def same_site(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a page of the very name that is asked makes the request, or no page at all."""
    origin = headers.get(b"origin")
    if origin is not None:
        return origin.lower().partition(b"://")[2] == headers.get(b"host", b"").lower()
    return headers.get(b"sec-fetch-site", b"none") in {b"same-origin", b"none"}


def is_own(host: str, names: Collection[str]) -> bool:
    """Whether a Host header in lower case names this machine: by one of `names`, or a loopback or private address."""
    name = without_port(host)
    if name == "localhost" or name in names:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # An address cannot be made to point elsewhere: whoever sends one has connected to it.
    return address.is_loopback or address.is_private


def without_port(host: str) -> str:
    """The name in a Host header. An address of IPv6 loses its brackets; a bracket without its pair names nothing."""
    if host.startswith("[") and "]" in host:
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
