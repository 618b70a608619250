"""Where the version behind an answer came from, as it is told: its run, code and what was found when it was judged.

All of it is what somebody recorded. What nobody recorded is None or empty, and never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from modelwright.serving.model import FileRef, Finding, Parity
from modelwright.serving.rollouts.machine import Phase

DIFF_SHOWN_BYTES: Final = 64 * 1024
"""A diff is told with the rest up to this size; a larger one by its link."""


class TrainedOn(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that a training run used."""

    name: str
    digest: str
    source: str


class TrainingRun(msgspec.Struct, frozen=True, kw_only=True):
    """The run that made a version; what nobody logged is empty. A metric that is NaN is None, null in JSON."""

    id: str
    name: str
    user: str
    started_ms: int
    params: dict[str, str]
    metrics: dict[str, float | None]
    datasets: tuple[TrainedOn, ...]


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """Changes without a commit, as they were recorded: whose tag or file `kept` is, and `link` leads to all of it.

    `text` is None where it has more than DIFF_SHOWN_BYTES or is no UTF-8.
    """

    kept: str
    digest: str
    size_bytes: int
    link: str
    text: str | None = None


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The code that made a version. What was not recorded is empty; `dirty` None: nobody recorded whether it was.

    `link` is the commit's page, where the repository is at a host whose addresses are known.
    """

    program: str = ""
    commit: str = ""
    repository: str = ""
    branch: str = ""
    link: str = ""
    dirty: bool | None = None
    diffs: tuple[Diff, ...] = ()


class CodeChange(msgspec.Struct, frozen=True, kw_only=True):
    """The commits between a version and the one whose place it took: in a deployment, or under an alias.

    `since` names the place, `version` what was there before. `commits` is `<before>..<after>` as git writes it; empty
    when one of both is not recorded, or they are of different repositories. `same` says that both are one commit.
    """

    since: str
    version: str
    commit: str
    dirty: bool | None
    commits: str
    same: bool
    link: str


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The latest value of a metric of the version, and of what dataset: empty where none was named; NaN is None."""

    metric: str
    value: float | None
    step: int
    at_ms: int
    dataset: str
    dataset_digest: str
    run_id: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """The load-proof of the bytes that answered."""

    found_ms: int | None
    finding: Finding


class Equalled(msgspec.Struct, frozen=True, kw_only=True):
    """What a node found when it held a conversion of the bytes that answered against the original."""

    node: str
    found_ms: int
    parity: Parity


class Role(StrEnum):
    """What a version was in a rollout."""

    CANDIDATE = "candidate"
    CONTROL = "control"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout that the version was in, against which other, and how it stands or ended."""

    rollout: int
    deployment: str
    role: Role
    against: str
    phase: Phase
    reason: str
    started_ms: int
    updated_ms: int


class Evaluations(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found about a version, before the answer and since. Each part is empty when nothing was recorded."""

    scores: tuple[Score, ...] = ()
    proof: Proven | None = None
    parities: tuple[Equalled, ...] = ()
    rollouts: tuple[Judged, ...] = ()


class AliasThen(msgspec.Struct, frozen=True, kw_only=True):
    """An alias that pointed to the version at that moment, since when, and who had moved it there."""

    alias: str
    since_ms: int
    by: str


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where the version behind an answer came from, and how things stood at that moment.

    `same_bytes` is whether the version of that number still is what answered. `environment` are the files that name
    its libraries. `shares` are the deployment's routes then (empty: as they were first), and `shares_why` the reason.
    """

    registered_by: str
    registered_ms: int
    description: str
    source: str
    same_bytes: bool
    run: TrainingRun | None
    environment: tuple[FileRef, ...]
    aliases: tuple[AliasThen, ...]
    shares: dict[str, float]
    shares_why: str
    code: Code = Code()
    changes: tuple[CodeChange, ...] = ()
    evaluations: Evaluations = Evaluations()


def with_diffs(told: Provenance, read: Callable[[str], bytes]) -> Provenance:
    """The same with the text of each diff that is a small file. `read` gives the bytes of a digest."""
    return msgspec.structs.replace(
        told, code=msgspec.structs.replace(told.code, diffs=tuple(_read(diff, read) for diff in told.code.diffs))
    )


def _read(diff: Diff, read: Callable[[str], bytes]) -> Diff:
    if diff.text is not None or diff.size_bytes > DIFF_SHOWN_BYTES:
        return diff
    try:
        return msgspec.structs.replace(diff, text=read(diff.digest).decode())
    except UnicodeDecodeError:
        return diff
