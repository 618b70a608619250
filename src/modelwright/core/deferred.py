"""Modules that are loaded when they are first used, because the server should answer before it needs them."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class Deferred(ModuleType):
    """Stands for a module until the first of its attributes is asked for; from then on it has them all.

    Type checkers want the real import, so it is written twice:

    >>> from typing import TYPE_CHECKING
    >>> if TYPE_CHECKING:
    ...     import colorsys
    ... else:
    ...     colorsys = Deferred("colorsys")
    >>> "rgb_to_hls" in vars(colorsys)
    False
    >>> colorsys.rgb_to_hls(0, 0, 0)
    (0.0, 0.0, 0.0)
    >>> "rgb_to_hls" in vars(colorsys)
    True
    """

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self.__name__)
        value = getattr(module, name)
        # Most attributes are then found without coming here; a module's own __getattr__ still is asked for the rest.
        vars(self).update({key: one for key, one in vars(module).items() if not key.startswith("__")})
        return value


@contextmanager
def without(name: str) -> Iterator[None]:
    """Make `import name` fail inside the block, for a library that loads it only because it is there."""
    kept = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]  # None is what the import system takes for "not to be had"
    try:
        yield
    finally:
        del sys.modules[name]
        if kept is not None:
            sys.modules[name] = kept
