"""The code that made a version, as its run and its logged model recorded it, and what changed since the one before."""

import hashlib
from typing import Final
from urllib.parse import quote

import msgspec

from modelwright.artifacts import service as artifacts
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.registry.model.things import Version
from modelwright.registry.service import versions
from modelwright.serving import repositories
from modelwright.serving.origin import Code, CodeChange, Diff
from modelwright.tracking.service import logged_models, whole_runs

_PROGRAM, _COMMIT, _REPOSITORY, _BRANCH, _DIRTY, _DIFF = (
    f"mlflow.source.{name}" for name in ("name", "git.commit", "git.repoURL", "git.branch", "git.dirty", "git.diff")
)
_TRUTH: Final = {"true": True, "false": False}
_DIFF_FILES: Final = (".diff", ".patch")
_MOST_FILES: Final = 10


class _Recorder(msgspec.Struct, frozen=True):
    """A run or logged model: `owner` is what its files are kept under, `link` where its tags are to be had."""

    owner: str
    link: str
    tags: dict[str, str]


def of(tx: ReadTx, version: Version) -> Code:
    """What was recorded, the run's word before the logged model's."""
    recorders = _recorders(tx, version)

    def said(tag: str) -> str:
        return next((one.tags[tag] for one in recorders if one.tags.get(tag)), "")

    diffs = [diff for one in recorders for diff in _diffs(tx, one)]
    commit, repository = said(_COMMIT), said(_REPOSITORY)
    dirty = _TRUTH.get(said(_DIRTY).lower())
    return Code(
        program=said(_PROGRAM),
        commit=commit,
        repository=repositories.without_login(repository),
        branch=said(_BRANCH),
        link=repositories.commit_link(repository, commit),
        dirty=True if dirty is None and any(diff.size_bytes for diff in diffs) else dirty,
        diffs=tuple(diffs),
    )


def change(tx: ReadTx, now: Code, since: str, model: str, number: int) -> CodeChange:
    """From the version `number` to the one whose code is `now`. A version that is gone has recorded nothing."""
    try:
        before = of(tx, versions.get_version(tx, model, number))
    except NotFound:
        before = Code()
    known = bool(before.commit and now.commit) and repositories.same_repository(before.repository, now.repository)
    same = known and before.commit == now.commit
    return CodeChange(
        since=since,
        version=f"{model}:{number}",
        commit=before.commit,
        dirty=before.dirty,
        commits=f"{before.commit}..{now.commit}" if known and not same else "",
        same=same,
        link=repositories.compare_link(now.repository, before.commit, now.commit) if known and not same else "",
    )


def _recorders(tx: ReadTx, version: Version) -> list[_Recorder]:
    found = []
    if version.run_id is not None:
        try:
            tags = dict(whole_runs.get(tx, version.run_id).tags)
        except NotFound:
            tags = {}
        found.append(_Recorder(f"runs/{version.run_id}", f"/api/v1/runs/{_quoted(version.run_id)}", tags))
    if version.logged_model_id is not None:
        id_ = version.logged_model_id
        try:
            tags = logged_models.get(tx, id_).tags
        except NotFound:
            tags = {}
        found.append(_Recorder(f"logged-models/{id_}", f"/api/2.0/mlflow/logged-models/{_quoted(id_)}", tags))
    return found


def _diffs(tx: ReadTx, recorder: _Recorder) -> list[Diff]:
    found = []
    text = recorder.tags.get(_DIFF)
    if text:
        content = text.encode()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        kept = f"tag {_DIFF} of {recorder.owner}"
        found.append(Diff(kept=kept, digest=digest, size_bytes=len(content), link=recorder.link, text=text))
    # A run may have a hundred thousand files: only these leave the database.
    files = [one for ending in _DIFF_FILES for one in artifacts.files_ending(tx, recorder.owner, ending, _MOST_FILES)]
    for file in sorted(files, key=lambda one: one.path)[:_MOST_FILES]:
        link = f"/api/v1/artifacts/{quote(recorder.owner)}/file?path={_quoted(file.path)}"
        found.append(
            Diff(kept=f"file {file.path} of {recorder.owner}", digest=file.digest, size_bytes=file.size, link=link)
        )
    return found


def _quoted(text: str) -> str:
    return quote(text, safe="")
