"""Experiments, runs, models and versions from Python."""

from typing import Any

import pytest

from modelwright.core.errors import BadInput, NotFound
from modelwright.sdk import records
from modelwright.sdk.http import Api

MLFLOW = "/api/2.0/mlflow"
ODD = "fraud (50% \u00e4) #1 & ?x=y"


def made(api: Api, path: str, **body: Any) -> dict[str, Any]:
    return dict(api.post(f"{MLFLOW}/{path}", dict, body))


def test_a_name_of_any_characters_reaches_its_model(api: Api) -> None:
    """What has a meaning in addresses is a name like any other."""
    made(api, "registered-models/create", name=ODD)
    made(api, "model-versions/create", name=ODD, source="s3://elsewhere/model")
    made(api, "registered-models/alias", name=ODD, alias="champion", version="1")

    assert ODD == records.get_model(api, ODD).name
    assert [1] == [one.number for one in records.versions(api, ODD).items]
    assert "s3://elsewhere/model" == records.get_version(api, ODD, 1).source
    assert [(None, 1)] == [(one.before, one.after) for one in records.alias_history(api, ODD, "champion").items]
    assert [1] == [one.version.number for one in records.proofs(api, ODD).items]
    assert [ODD] == [one.name for one in records.models(api, words="50%").items]


def test_runs_are_found_shown_and_compared(api: Api) -> None:
    """Of params and metrics only those that were asked for."""
    experiment = str(made(api, "experiments/create", name="records")["experiment_id"])
    runs = []
    for depth in ("4", "8"):
        run_id = made(api, "runs/create", experiment_id=experiment, start_time=1)["run"]["info"]["run_id"]
        made(api, "runs/log-parameter", run_id=run_id, key="depth", value=depth)
        made(api, "runs/log-parameter", run_id=run_id, key="seed", value="7")
        runs.append(run_id)
    found = records.search_runs(api, [experiment], filter_="params.depth = '8'", params=["depth"])
    compared = records.compare_runs(api, runs)

    assert [(runs[1], {"depth": "8"})] == [(one.id, one.params) for one in found.items]
    assert "4" == records.get_run(api, runs[0]).params["depth"]
    assert {"depth": True, "seed": False} == {one.key: one.differs for one in compared.params}
    assert ["records"] == [one.name for one in records.experiments(api, words="record").items]


def test_what_is_not_there_is_not_found(api: Api) -> None:
    """Each by the error that says so."""
    for ask in (
        lambda: records.get_run(api, "nope"),
        lambda: records.compare_runs(api, ["nope", "nix"]),
        lambda: records.get_model(api, "nope"),
        lambda: records.versions(api, "nope"),
        lambda: records.get_version(api, "nope", 1),
        lambda: records.get_proof(api, "nope", 1),
        lambda: records.ask_for_proof(api, "nope", 1),
        lambda: records.alias_history(api, "nope", "champion"),
    ):
        with pytest.raises(NotFound, match="nope"):
            ask()


def test_a_filter_that_cannot_be_read_is_bad_input(api: Api) -> None:
    """The server's words come through."""
    with pytest.raises(BadInput, match="character 1 of 'nonsense'"):
        records.search_runs(api, ["0"], filter_="nonsense")
