"""Where a version's files come from, as a client may say it."""

import re
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from modelwright.core import limits
from modelwright.core.errors import BadInput
from modelwright.registry.model.names import LATEST

PROMPT_SOURCES: Final = frozenset({"dummy-source", "prompt-template"})
"""What MLflow's clients give as the source of a prompt's version, which has no files."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):(.*)", re.DOTALL)  # one letter is a drive
_SERVERS: Final = frozenset({"file", "http", "https", "ftp", "ftps", "sftp", "ssh", "data", "jar", "jdbc"})
_DECODINGS: Final = 16
_LOCAL: Final = (
    "To use a local path as a model version source, log its files to a run or a logged model and name that: "
    "the server opens no path that a client gives"
)


class RunFiles(msgspec.Struct, frozen=True):
    """`runs:/<run>/<path>`."""

    run_id: str
    path: str


class LoggedModelFiles(msgspec.Struct, frozen=True):
    """`models:/<logged model>`."""

    model_id: str


class VersionFiles(msgspec.Struct, frozen=True):
    """`models:/<name>/<number>`, or with a stage, an alias or `latest` in the number's place."""

    name: str
    number: int | None = None
    stage: str | None = None
    alias: str | None = None


class StoredFiles(msgspec.Struct, frozen=True):
    """`mlflow-artifacts:/<experiment>/<run>/artifacts/<path>`, or `.../models/<logged model>/artifacts/<path>`.

    One of the ids is None.
    """

    run_id: str | None
    model_id: str | None
    path: str


class ForeignFiles(msgspec.Struct, frozen=True):
    """An address that only clients ever read."""

    uri: str


Source = RunFiles | LoggedModelFiles | VersionFiles | StoredFiles | ForeignFiles


def parse_source(source: str) -> Source:
    """Raises BadInput for whatever the server's own machine could be made to open, and for ways out of a folder."""
    if len(source) > limits.ARTIFACT_LOCATION:
        raise refused(source, f"it is longer than {limits.ARTIFACT_LOCATION} characters")
    _check_characters(source)
    match = _SCHEME.fullmatch(source)
    scheme, rest = (match[1].lower(), match[2]) if match else ("", source)
    if not scheme:
        raise refused(source, f"it is a path on a machine's own disk. {_LOCAL}")
    if scheme == "file":
        raise refused(source, f"the scheme file is not taken. {_LOCAL}")
    if scheme in _SERVERS:
        raise refused(source, f"the scheme {scheme} is not taken")
    if scheme in {"runs", "models", "mlflow-artifacts"}:
        if not rest.startswith("/") or rest.startswith("//"):
            raise refused(source, f"write {scheme}:/ and no host; this server is meant")
        return _OWN[scheme](source, rest[1:])
    return ForeignFiles(source)


def owner_of_run(run_id: str) -> str:
    """What the artifacts room calls the run."""
    return f"runs/{run_id}"


def owner_of_logged_model(model_id: str) -> str:
    """What the artifacts room calls the logged model."""
    return f"logged-models/{model_id}"


def refused(source: str, why: str) -> BadInput:
    """The error for a source that is not taken."""
    shown = source if len(source) <= limits.KEY else source[: limits.KEY] + "..."
    return BadInput(
        f"Invalid model version source: '{shown}'. {why[0].upper()}{why[1:]}. Give runs:/<run id>/<path>, "
        "models:/<logged model id>, models:/<name>/<version>, or the address of an object store that clients read",
        parameter="source",
    )


def _check_characters(source: str) -> None:
    form = source
    for _ in range(_DECODINGS):
        if any(character < " " or character == "\x7f" for character in form):
            raise refused(source, "it contains a control character")
        if ".." in re.split(r"[/\\?&=]", form):
            raise refused(source, "it contains '..'")
        plain = unquote_plus(form)
        if plain == form:
            return
        form = plain
    raise refused(source, "it is percent-encoded over and over")


def _run_files(source: str, rest: str) -> Source:
    run_id, _, path = rest.partition("/")
    if not run_id:
        raise refused(source, "it names no run")
    return RunFiles(run_id, path.strip("/"))


def _model_files(source: str, rest: str) -> Source:
    name, slash, suffix = rest.partition("/")
    if not name.strip() or "/" in suffix or (slash and not suffix.strip()):
        raise refused(source, "it names no model")
    if slash:
        return _of_version(name, suffix)
    if "@" in name:
        name, _, alias = name.rpartition("@")
        return VersionFiles(name, alias=alias)
    return LoggedModelFiles(name)


def _of_version(name: str, suffix: str) -> VersionFiles:
    if suffix.isascii() and suffix.isdecimal():
        return VersionFiles(name, number=min(int(suffix), limits.INT64_MAX))
    if suffix.lower() == LATEST:
        return VersionFiles(name, alias=LATEST)
    return VersionFiles(name, stage=suffix)


def _stored_files(source: str, rest: str) -> Source:
    match rest.strip("/").split("/"):
        case [_, "models", model_id, "artifacts", *path]:
            return StoredFiles(None, model_id, "/".join(path))
        case [_, run_id, "artifacts", *path]:
            return StoredFiles(run_id, None, "/".join(path))
    raise refused(source, "it lies neither in a run's nor in a logged model's artifacts")


_OWN: Final = {"runs": _run_files, "models": _model_files, "mlflow-artifacts": _stored_files}
