"""The models that runs left behind: the two files that say what a model takes, gives and needs."""

from typing import Final, NamedTuple

from modelwright.artifacts import service as artifacts
from modelwright.artifacts.model import Entry
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.runs import Run
from modelwright.tracking.service import whole_runs

_MLMODEL: Final = "MLmodel"
_LIBRARIES: Final = "requirements.txt"
_FOLDERS: Final = 5


class PackedFiles(NamedTuple):
    """MLflow's description of a run's model and the libraries it asks for; None for a file that is not there."""

    run_id: str
    mlmodel: Entry | None
    libraries: Entry | None


def packed(tx: ReadTx, run_ids: list[str]) -> list[PackedFiles]:
    """Of each run, the first model it put out, or the first of its folders that is one. Raises NotFound for a run."""
    found = []
    for run in whole_runs.get_many(tx, run_ids):
        place = _place(tx, run)
        mlmodel, libraries = (place and _file(tx, *place, name) for name in (_MLMODEL, _LIBRARIES))
        found.append(PackedFiles(run.info.id, mlmodel, libraries))
    return found


def _place(tx: ReadTx, run: Run) -> tuple[str, str] | None:
    """Who owns the model's files, and what stands before their names."""
    if run.model_outputs:
        return f"logged-models/{run.model_outputs[0].model_id}", ""
    owner = f"runs/{run.info.id}"
    named = artifacts.files_ending(tx, owner, f"/{_MLMODEL.lower()}", _FOLDERS)
    folders = [entry.path.removesuffix(_MLMODEL) for entry in named if entry.path.count("/") == 1]
    return (owner, folders[0]) if folders else None


def _file(tx: ReadTx, owner: str, folder: str, name: str) -> Entry | None:
    return next(iter(artifacts.files(tx, owner, folder + name)), None)
