"""H2O's MOJO files: a zip with a `model.ini` that names the columns, read here without running anything."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from modelwright.core.errors import BadInput
from modelwright.serving.node.signature import Column, Kind, Logical, Signature

_ABOUT = "model.ini"
_ABOUT_BYTES = 16 * 1024 * 1024
_DIGITS = 6
_OF_TREES = frozenset({"gbm", "drf"})
_TREE = re.compile(r"trees/t\d+_(?P<number>\d+)\.bin")
_NONE = (
    "the version has no MOJO, and H2O's binary models open only in a running H2O cluster; log the MOJO beside it:\n"
    'mojo = model.download_mojo(path="model.zip")\n'
    'mlflow.h2o.log_model(model, name="model", extra_files=[mojo], signature=signature)\n'
    "and register that; h2o 3.46.0.7 writes MOJOs, 3.46.0.12 leaves that to the vendor's H2O-3 Secure"
)


def mojo_in(root: Path) -> Path:
    """The one MOJO among the version's files; raises BadInput when there is none, several or a broken one."""
    files = [path for path in sorted(root.rglob("*.zip")) if path.is_file()]
    if not files:
        raise BadInput(_NONE)
    found = [path for path in files if len(files) == 1 or _has_about(path)]
    if len(found) != 1:
        names = [str(path.relative_to(root)) for path in files]
        raise BadInput(f"the version has {len(found)} MOJOs among {names}; it needs one")
    _check(found[0])
    return found[0]


def signature_of(mojo: Path) -> Signature:
    """What the MOJO takes: numbers, and text where it knows a column by its levels. Any of it may be missing."""
    sections = _about(mojo)
    count = _count(sections, "n_features", mojo)
    names = sections.get("columns", [])[:count]
    if len(names) != count or not count:
        raise BadInput(f"{mojo.name} is no whole MOJO: it names {len(names)} of its {count} columns")
    levelled = {line.partition(":")[0].strip() for line in sections.get("domains", [])}
    return Signature(
        inputs=tuple(
            Column(name=name, kind=Kind.BYTES, logical=Logical.STRING, required=False)
            if str(place) in levelled
            else Column(name=name, kind=Kind.FP64, required=False)
            for place, name in enumerate(names)
        )
    )


def _check(mojo: Path) -> None:
    """Raises BadInput for a MOJO that lacks trees: H2O's reader takes it all the same, and answers without them."""
    about = _about(mojo)
    wanted = range(_count(about, "n_trees", mojo)) if _said(about, "algo") in _OF_TREES else range(0)
    with zipfile.ZipFile(mojo) as archive:
        names = (_TREE.fullmatch(name) for name in archive.namelist())
        have = {int(one["number"]) for one in names if one is not None}
    lacking = [number for number in wanted if number not in have]
    if lacking:
        raise BadInput(f"{mojo.name} is no whole MOJO: it lacks {len(lacking)} of its {len(wanted)} trees")


def _has_about(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _ABOUT in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _about(mojo: Path) -> dict[str, list[str]]:
    """The lines of `model.ini` by section."""
    try:
        with zipfile.ZipFile(mojo) as archive, archive.open(_ABOUT) as file:
            text = file.read(_ABOUT_BYTES).decode()
    except (OSError, EOFError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInput(f"{mojo.name} is no MOJO that can be read: {error}") from error
    sections: dict[str, list[str]] = {}
    lines = sections.setdefault("", [])
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            lines = sections.setdefault(line[1:-1], [])
        elif line:
            lines.append(line)
    return sections


def _said(sections: dict[str, list[str]], name: str) -> str:
    pairs = (line.partition("=") for line in sections.get("info", []))
    return next((value.strip() for key, _, value in pairs if key.strip() == name), "")


def _count(sections: dict[str, list[str]], name: str, mojo: Path) -> int:
    said = _said(sections, name)
    if not (said.isascii() and said.isdecimal()) or len(said) > _DIGITS:
        raise BadInput(f"{mojo.name} is no whole MOJO: its {_ABOUT} does not say {name}")
    return int(said)
