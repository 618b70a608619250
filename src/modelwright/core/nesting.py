"""How deep JSON may be nested where its shape is the caller's choice. Typed bodies are as deep as their types."""

from typing import Any

from modelwright.core import limits
from modelwright.core.errors import BadInput


def check_nesting(value: Any) -> None:
    """Raises BadInput when more than `limits.JSON_DEPTH` lists and dicts of a decoded value stand in each other."""
    level = [value]
    for _ in range(limits.JSON_DEPTH):
        level = [inner for outer in level if isinstance(outer, list | dict) for inner in _within(outer)]
        if not level:
            return
    if any(isinstance(each, list | dict) for each in level):
        raise BadInput(f"The JSON is nested too deeply: {limits.JSON_DEPTH} levels are the most.")


def _within(outer: list[Any] | dict[str, Any]) -> Any:
    return outer.values() if isinstance(outer, dict) else outer
