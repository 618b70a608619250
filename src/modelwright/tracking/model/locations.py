"""Where artifacts lie: addresses that the server makes, and those that a client may give."""

from typing import Final
from urllib.parse import unquote, urlsplit

from modelwright.core import limits
from modelwright.core.errors import BadInput

OWN_ROOT: Final = "mlflow-artifacts:/"
"""The server's own store, as MLflow's clients address it."""

_OBJECT_STORES: Final = frozenset(
    {"abfs", "abfss", "b2", "cos", "dbfs", "gs", "hdfs", "obs", "oss", "r2", "s3", "s3a", "s3n", "viewfs", "wasb"}
    | {"wasbs"}
)
_WITHOUT_BUCKET: Final = frozenset({"dbfs", "hdfs", "viewfs"})  # `dbfs:/x`: the client's own configuration says where
_DECODINGS: Final = 8


def experiment_location(experiment_id: int) -> str:
    return f"{OWN_ROOT}{experiment_id}"


def run_location(experiment: str, run_id: str) -> str:
    return _below(experiment, run_id, "artifacts")


def logged_model_location(experiment: str, model_id: str) -> str:
    return _below(experiment, "models", model_id, "artifacts")


def _below(root: str, *segments: str) -> str:
    """`root` with more segments; a query string stays at the end, as some stores take credentials there."""
    address, mark, query = root.partition("?")
    return "/".join((address.rstrip("/"), *segments)) + mark + query


def check_given(location: str) -> None:
    """An `artifact_location` of a client: an object store that the client itself reads and writes.

    Raises BadInput for everything the server's machine could be made to open (paths, `file:`, http, ftp, ...), for
    `runs:` and for places inside the server's own store, which it gives out itself.
    """
    if len(location) > limits.ARTIFACT_LOCATION:
        raise _refused(location, f"it is longer than {limits.ARTIFACT_LOCATION} characters")
    if any(character < " " for character in location):
        raise _refused(location, "it contains a control character")
    try:
        parts = urlsplit(location)
    except ValueError as error:
        raise _refused(location, str(error)) from None
    scheme = parts.scheme.lower()
    if scheme == "runs":
        raise BadInput(f"Artifact location cannot be a runs:/ URI. Given: '{location}'", parameter="artifact_location")
    if scheme not in _OBJECT_STORES:
        raise _refused(location, f"{parts.scheme!r} is not the scheme of an object store" if scheme else "it is a path")
    if not parts.netloc and not (scheme in _WITHOUT_BUCKET and parts.path.startswith("/")):
        raise _refused(location, "it names no bucket")
    if parts.fragment or "#" in location:
        raise BadInput("'artifact_location' URL can't include fragments or params.", parameter="artifact_location")
    if ".." in _decoded(location).replace("\\", "/").replace("?", "/").replace("&", "/").replace("=", "/").split("/"):
        raise _refused(location, "it contains '..'")


def _decoded(text: str) -> str:
    """`text` with its percent-encoding undone as often as it was done."""
    for _ in range(_DECODINGS):
        plain = unquote(text)
        if plain == text:
            break
        text = plain
    return text


def _refused(location: str, why: str) -> BadInput:
    return BadInput(
        f"Invalid artifact_location '{location[: limits.EXPERIMENT_NAME]}': {why}. Leave it out, and the server keeps "
        "the artifacts; or give the address of an object store (s3://bucket/path, gs://..., abfss://...) that the "
        "clients themselves can write to",
        parameter="artifact_location",
    )
