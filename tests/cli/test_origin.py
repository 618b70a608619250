"""Where a version came from, in the terminal: what was recorded, and that the rest was not."""

import pytest

from modelwright.cli.origin import say_diffs, say_origin
from modelwright.serving.model import Finding, Parity, ProofState
from modelwright.serving.origin import (
    Code,
    CodeChange,
    Diff,
    Equalled,
    Evaluations,
    Judged,
    Proven,
    Provenance,
    Role,
    Score,
)
from modelwright.serving.rollouts.machine import Phase
from tests.serving.house import origin

DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n-depth = 4\n+depth = 8\n+rate = 1\n"


def lines(told: Provenance, capsys: pytest.CaptureFixture[str]) -> list[str]:
    say_origin(told)
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def kept(text: str | None = DIFF, size_bytes: int = len(DIFF)) -> Diff:
    return Diff(kept="tag x of runs/1", digest="sha256:1", size_bytes=size_bytes, link="/api/v1/runs/1", text=text)


def test_what_was_not_recorded_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line: an empty place would read as if there were nothing."""
    said = lines(origin(), capsys)

    assert "code     program not recorded, commit not recorded" in said
    assert "diff     whether there were changes without a commit is not recorded" in said
    assert "metric   none is recorded" in said
    assert "proof    no load-proof is recorded" in said
    assert "onnx     no conversion is recorded" in said
    assert "verdict  it was in no rollout" in said


def test_code_is_told_with_its_place_and_its_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """Commit, page, extent of the diff, and the range from the version before."""
    code = Code(
        program="train.py",
        commit="bbb",
        repository="acme/fraud",
        branch="main",
        link="https://x/bbb",
        dirty=True,
        diffs=(kept(),),
    )
    change = CodeChange(
        since="alias champion", version="fraud:1", commit="aaa", dirty=None, commits="aaa..bbb", same=False, link=""
    )
    same = CodeChange(since="deployment x", version="fraud:2", commit="bbb", dirty=None, commits="", same=True, link="")
    silent = CodeChange(since="alias a", version="fraud:3", commit="", dirty=None, commits="", same=False, link="")
    said = lines(origin(code, (change, same, silent)), capsys)

    assert "code     train.py, commit bbb on main of acme/fraud" in said
    assert "https://x/bbb" in said
    assert f"diff     {len(DIFF)} bytes, 1 files, +2 -1, tag x of runs/1 (/api/v1/runs/1)" in said
    assert "since    fraud:1, before it in alias champion: git log aaa..bbb" in said
    assert "since    fraud:2, before it in deployment x: the same commit" in said
    assert "since    fraud:3, before it in alias a: commit not recorded, so what changed cannot be told" in said


@pytest.mark.parametrize(
    ("dirty", "said"),
    [(True, "diff     there were changes without a commit; they are not recorded"), (False, "diff     none")],
)
def test_a_tree_without_a_diff_is_clean_or_not(dirty: bool, said: str, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001
    """Dirty without a diff is no clean tree."""
    assert said in lines(origin(Code(commit="bbb", dirty=dirty)), capsys)


def test_what_was_found_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Metrics with their dataset, proof, conversion and verdicts."""
    score = Score(metric="auc", value=0.9, step=0, at_ms=1, dataset="holdout", dataset_digest="d2", run_id="r")
    parity = Parity(proven=True, rows=512, largest_difference=1e-7)
    judged = Judged(
        rollout=7,
        deployment="fraud-api",
        role=Role.CANDIDATE,
        against="fraud:1",
        phase=Phase.ROLLED_BACK,
        reason="error_rate is worse",
        started_ms=1,
        updated_ms=2,
    )
    found = Evaluations(
        scores=(score, Score(metric="loss", value=None, step=0, at_ms=1, dataset="", dataset_digest="", run_id="r")),
        proof=Proven(found_ms=1, finding=Finding(state=ProofState.FAILED, reason="no wheel")),
        parities=(
            Equalled(node="a", found_ms=1, parity=parity),
            Equalled(node="b", found_ms=1, parity=Parity(proven=False, reason="labels differ")),
        ),
        rollouts=(judged,),
    )
    said = "\n".join(lines(origin(evaluations=found), capsys))

    assert "metric   auc=0.9 on holdout (d2)" in said
    assert "metric   loss=nan on a dataset that is not recorded" in said
    assert "load-proof failed at " in said
    assert ": no wheel" in said
    assert ": proven equal on 512 rows, largest difference 1e-07" in said
    assert ": not used: labels differ" in said
    assert "candidate against fraud:1 in rollout 7 of fraud-api: rolled back, error_rate is worse" in said


def test_diffs_are_written_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the diff on standard output, so that `git apply` takes it; what is too large is named beside it."""
    say_diffs(origin(Code(diffs=(kept(), kept(None, 70_000)))))
    written = capsys.readouterr()
    say_diffs(None)
    nothing = capsys.readouterr()

    assert DIFF == written.out
    assert "tag x of runs/1 has 70000 bytes: /api/v1/runs/1\n" == written.err
    assert ("", "no diff is recorded\n") == (nothing.out, nothing.err)
