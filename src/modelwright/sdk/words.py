"""What callers may write in more ways than one."""

from collections.abc import Sequence


def several(said: str | Sequence[str]) -> tuple[str, ...]:
    """One text is a list of one: taken for a sequence it would be its letters."""
    return (said,) if isinstance(said, str) else tuple(said)
