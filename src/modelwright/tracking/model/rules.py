"""What may be stored: keys, values, names and ids.

Where MLflow's clients or their users match on the words of an error, the words are MLflow's. Nothing is ever cut
to fit.
"""

import posixpath
import re
from functools import lru_cache
from typing import Final, NoReturn

from modelwright.core import limits
from modelwright.core.errors import BadInput

_KEY: Final = re.compile(r"[/\w.\- :]+")
_RUN_ID: Final = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_LOGGED_MODEL_FORBIDDEN: Final = "/:.%\"'"
_INT64_DIGITS: Final = 19
_BAD_CHARACTERS: Final = (
    "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and "
    "slashes (/)."
)


def invalid(path: str, value: str | int, why: str) -> NoReturn:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    raise BadInput(f"Invalid value {shown} for parameter '{path}' supplied: {why}", parameter=path)


def check_key(key: str, path: str) -> None:
    """A key of a param, metric or tag. `path` is where it stands in the request, for the message."""
    fault = _key_fault(key)
    if fault is not None:
        invalid(path, key, fault)


@lru_cache(maxsize=16_384)  # programs log the same few keys again and again
def _key_fault(key: str) -> str | None:
    if not _KEY.fullmatch(key):
        return _BAD_CHARACTERS if key else "A key name must be provided."
    resolved = posixpath.normpath(key)
    if resolved != key or resolved == "." or resolved.startswith(("..", "/")):
        return (
            "Names may be treated as files in certain cases, and must not resolve to other names when treated as "
            f"such. This name would resolve to '{resolved}'"
        )
    if len(key) > limits.KEY:
        return f"'{path_less(key)}' exceeds the maximum length of {limits.KEY} characters"
    return None


def check_free_key(key: str, path: str) -> None:
    """A key of a tag that comes with a new run, or of anything on a logged model.

    There MLflow has no rule, so that programs have keys like `owner@team` or `steps[0]`.
    """
    if not key:
        invalid(path, key, "A key name must be provided.")
    check_text(key, limits.KEY, path)


def path_less(text: str, shown: int = 60) -> str:
    """`text` short enough for a message."""
    return text if len(text) <= shown else f"{text[:shown]}..."


def check_text(text: str, limit: int, path: str) -> None:
    """A text of at most `limit` characters, without the one character that PostgreSQL cannot keep."""
    if len(text) > limit:
        raise BadInput(
            f"'{path}' exceeds the maximum length of {limit} characters: it has {len(text)}; "
            "keep long values as an artifact",
            parameter=path,
            limit=limit,
            length=len(text),
        )
    if "\x00" in text:
        raise BadInput(f"'{path}' contains the character U+0000, which no text here may have", parameter=path)


def check_param(key: str, value: str, path: str = "") -> None:
    check_key(key, f"{path}key")
    check_text(value, limits.PARAM_VALUE, f"{path}value")


def check_run_tag(key: str, value: str, path: str = "") -> None:
    check_key(key, f"{path}key")
    check_text(value, limits.RUN_TAG_VALUE, f"{path}value")


def check_free_tag(key: str, value: str, path: str = "") -> None:
    check_free_key(key, f"{path}key")
    check_text(value, limits.RUN_TAG_VALUE, f"{path}value")


def check_free_param(key: str, value: str, path: str = "") -> None:
    check_free_key(key, f"{path}key")
    check_text(value, limits.PARAM_VALUE, f"{path}value")


def check_experiment_tag(key: str, value: str, path: str = "") -> None:
    check_key(key, f"{path}key")
    check_text(value, limits.EXPERIMENT_TAG_VALUE, f"{path}value")


def check_experiment_name(name: str) -> None:
    if not name:
        raise BadInput("Invalid experiment name: ''", parameter="name")
    check_text(name, limits.EXPERIMENT_NAME, "name")


def check_run_name(name: str) -> None:
    check_text(name, limits.RUN_NAME, "run_name")


def check_run_id(run_id: str) -> None:
    """The shape of a run's id; whether there is such a run is another question."""
    if not _RUN_ID.fullmatch(run_id):
        raise BadInput(f"Invalid value \"{run_id}\" for parameter 'run_id' supplied.", parameter="run_id")


def experiment_number(experiment_id: str) -> int:
    """The number that an experiment's id is. Raises BadInput for anything else."""
    if not (experiment_id.isascii() and experiment_id.isdecimal()) or len(experiment_id) > _INT64_DIGITS:
        raise BadInput(
            f"Invalid experiment ID '{path_less(experiment_id)}'. Experiment ID must be a valid integer.",
            parameter="experiment_id",
        )
    number = int(experiment_id)
    if number > limits.INT64_MAX:
        raise BadInput(f"Invalid experiment ID '{experiment_id}'. It is beyond 64 bits.", parameter="experiment_id")
    return number


def check_logged_model_name(name: str) -> None:
    if any(character in name for character in _LOGGED_MODEL_FORBIDDEN):
        raise BadInput(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot contain the "
            f"following characters: {tuple(_LOGGED_MODEL_FORBIDDEN)}",
            parameter="name",
        )
    check_text(name, limits.EXPERIMENT_NAME, "name")
