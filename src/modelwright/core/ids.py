"""Identifiers made by the server."""

import secrets


def hex32() -> str:
    """128 random bits as 32 lower-case hexadecimal digits."""
    return secrets.token_hex(16)
