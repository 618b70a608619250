"""What models, aliases and version numbers may be called.

Where MLflow's clients or their users match on the words of an error, the words are MLflow's.
"""

import posixpath
import re
from typing import Final

from modelwright.core import limits
from modelwright.core.errors import BadInput
from modelwright.tracking.model.rules import check_key, check_text

LATEST: Final = "latest"
"""Reads as an alias, and always means the newest version."""

_ALIAS: Final = re.compile(r"[\w\-]+")
_LIKE_A_VERSION: Final = re.compile(r"v\d+", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]{1,19}")


def check_model_name(name: str, parameter: str = "name") -> None:
    """Raises BadInput for what could not be a model's name, saying why."""
    if not name.strip():
        raise BadInput(f"Missing value for required parameter '{parameter}'.", parameter=parameter)
    check_text(name, limits.MODEL_NAME, parameter)
    if "/" in name or ":" in name:
        raise BadInput(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.", parameter=parameter)
    resolved = posixpath.normpath(name)
    if resolved != name or resolved.startswith("..") or resolved == ".":
        raise BadInput(
            f"Invalid value \"{name}\" for parameter '{parameter}' supplied: Names may be treated as files in certain "
            f"cases, and must not resolve to other names when treated as such. This name would resolve to '{resolved}'",
            parameter=parameter,
        )


def check_alias(alias: str) -> None:
    """Raises BadInput for what could not be an alias; `latest` passes, as one may ask for it."""
    if not alias:
        raise BadInput("Registered model alias name cannot be empty.", parameter="alias")
    if not _ALIAS.fullmatch(alias):
        raise BadInput(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).",
            parameter="alias",
        )
    if len(alias) > limits.ALIAS:
        raise BadInput(
            f"Registered model alias name exceeds the maximum length of {limits.ALIAS} characters: it has {len(alias)}",
            parameter="alias",
            limit=limits.ALIAS,
        )


def check_new_alias(alias: str) -> None:
    """As `check_alias`, and without the names that read as something else in `models:/name@alias`."""
    check_alias(alias)
    if alias.lower() == LATEST:
        raise BadInput("'latest' alias name (case insensitive) is reserved.", parameter="alias")
    if _LIKE_A_VERSION.fullmatch(alias):
        raise BadInput(f"Version alias name '{alias}' is reserved.", parameter="alias")


def version_number(text: str) -> int:
    """The number that MLflow's clients send as a string. Raises BadInput for anything else."""
    if not _NUMBER.fullmatch(text) or not limits.INT64_MIN <= int(text) <= limits.INT64_MAX:
        raise BadInput(f"Parameter 'version' must be an integer, got '{text[: limits.KEY]}'.", parameter="version")
    return int(text)


def check_tag(key: str, value: str, path: str = "") -> None:
    check_key(key, f"{path}key")
    check_text(value, limits.REGISTRY_TAG_VALUE, f"{path}value")


def check_description(description: str) -> None:
    check_text(description, limits.DESCRIPTION, "description")
