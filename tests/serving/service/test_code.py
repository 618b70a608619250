"""The code that made a version: what was recorded, where, and what changed since the version before it."""

import hashlib

import msgspec

from modelwright.core.db.database import Database
from modelwright.registry.model.things import Version
from modelwright.serving.origin import Code, CodeChange
from modelwright.serving.service import code
from modelwright.tracking.model.logged_models import NewLoggedModel
from modelwright.tracking.service import logged_models
from tests.registry.house import ANN, FILES, new_model, new_version, put_files
from tests.tracking.making import new_run

DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-depth = 4\n+depth = 8\n"
REPOSITORY = "https://ann:secret@github.com/acme/fraud.git"


def tags(**said: str) -> dict[str, str]:
    return {f"mlflow.source.git.{name}": value for name, value in said.items()}


def version_of(db: Database, files: dict[str, bytes] | None = None, **said: str) -> Version:
    run_id = new_run(db, 0, **tags(**said))
    put_files(db, f"runs/{run_id}", FILES | (files or {}))
    return new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)


def code_of(db: Database, version: Version) -> Code:
    return db.read_now(lambda tx: code.of(tx, version))


def change(db: Database, now: Code, number: int) -> CodeChange:
    return db.read_now(lambda tx: code.change(tx, now, "alias champion", "fraud", number))


def test_the_commit_and_the_changes_beside_it_are_told(db: Database) -> None:
    """With where they are; the login in the address is not."""
    new_model(db)
    version = version_of(db, commit="c0ffee1", repoURL=REPOSITORY, branch="main", dirty="true", diff=DIFF)
    found = code_of(db, version)
    (diff,) = found.diffs

    assert ("c0ffee1", "main", True) == (found.commit, found.branch, found.dirty)
    assert "https://github.com/acme/fraud.git" == found.repository
    assert "https://github.com/acme/fraud/commit/c0ffee1" == found.link
    assert (DIFF, len(DIFF), f"/api/v1/runs/{version.run_id}") == (diff.text, diff.size_bytes, diff.link)
    assert f"sha256:{hashlib.sha256(DIFF.encode()).hexdigest()}" == diff.digest


def test_a_diff_that_was_logged_as_a_file_is_found(db: Database) -> None:
    """By its name; its text is for whoever can read the bytes."""
    new_model(db)
    version = version_of(db, {"code/my changes.patch": DIFF.encode(), "notes.txt": b"-"}, commit="c0ffee1")
    found = code_of(db, version)
    (diff,) = found.diffs

    assert (True, None, len(DIFF)) == (found.dirty, diff.text, diff.size_bytes)
    assert f"file code/my changes.patch of runs/{version.run_id}" == diff.kept
    assert f"/api/v1/artifacts/runs/{version.run_id}/file?path=code%2Fmy%20changes.patch" == diff.link


def test_ten_of_the_diffs_among_many_files_are_found(db: Database) -> None:
    """By path, and whatever the letters of their endings; nothing that only has the word in its name."""
    new_model(db)
    named = [f"{place:02}.{'diff' if place % 2 else 'PATCH'}" for place in range(14)]
    others = [f"{place:03}.diff.txt" for place in range(40)]
    version = version_of(db, dict.fromkeys((*others, *named), b"-"), commit="c0ffee1")

    assert [f"file {name} of runs/{version.run_id}" for name in named[:10]] == [
        one.kept for one in code_of(db, version).diffs
    ]


def test_what_nobody_recorded_is_empty(db: Database) -> None:
    """Neither clean nor dirty is claimed; a word that is neither true nor false is none."""
    new_model(db)
    silent, odd, clean = version_of(db), version_of(db, dirty="perhaps"), version_of(db, dirty="False")
    outside = new_version(db)

    assert Code() == code_of(db, silent) == code_of(db, outside)
    assert (None, False) == (code_of(db, odd).dirty, code_of(db, clean).dirty)


def test_a_logged_models_word_counts_where_its_run_has_none(db: Database) -> None:
    """MLflow's git versioning writes to the logged model."""
    new_model(db)
    run_id = new_run(db, 0, **tags(branch="main"))
    new = NewLoggedModel(
        experiment_id=0, source_run_id=run_id, tags=tags(commit="c0ffee2", branch="other", dirty="true", diff=DIFF)
    )
    model_id = db.write_now(lambda tx: logged_models.create(tx, ANN, new)).id
    put_files(db, f"logged-models/{model_id}", {"MLmodel": b"flavors: {}"})
    version = new_version(db, source=f"models:/{model_id}", logged_model_id=model_id, run_id=run_id)
    found = code_of(db, version)

    assert ("c0ffee2", "main", True) == (found.commit, found.branch, found.dirty)
    assert [f"tag mlflow.source.git.diff of logged-models/{model_id}"] == [diff.kept for diff in found.diffs]


def test_the_range_leads_from_the_version_before(db: Database) -> None:
    """As git writes it; for one commit and for what cannot be known there is none."""
    new_model(db)
    version_of(db, commit="aaaaaaa", repoURL="git@github.com:acme/fraud.git")
    now = code_of(db, version_of(db, commit="bbbbbbb", repoURL=REPOSITORY))
    version_of(db)
    version_of(db, commit="ccccccc", repoURL="https://github.com/acme/other")
    earlier, itself, silent, elsewhere = (change(db, now, number) for number in (1, 2, 3, 4))

    assert ("aaaaaaa..bbbbbbb", False, "fraud:1") == (earlier.commits, earlier.same, earlier.version)
    assert "https://github.com/acme/fraud/compare/aaaaaaa...bbbbbbb" == earlier.link
    assert ("", True, "") == (itself.commits, itself.same, itself.link)
    assert ("", False, "") == (silent.commits, silent.same, silent.commit)
    assert ("", False, "ccccccc") == (elsewhere.commits, elsewhere.same, elsewhere.commit)
    assert "" == change(db, now, 99).commit


def test_a_run_that_is_gone_has_recorded_nothing(db: Database) -> None:
    """A version outlives its run."""
    new_model(db)
    version = version_of(db, commit="c0ffee1")
    assert version.run_id is not None

    assert "c0ffee1" == code_of(db, version).commit
    assert Code() == code_of(db, msgspec.structs.replace(version, run_id="0" * 32, logged_model_id="m-0"))
