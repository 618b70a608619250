"""Runs on the wire: what the clients rely on, and what they are refused."""

import pytest

from tests.mlflow_api.asking import Asking


def test_a_new_run_answers_as_the_clients_read_it(server: Asking) -> None:
    """With what is empty left out, and no end while it runs."""
    run = server.post(
        "runs/create", experiment_id="0", user_id="u", run_name="n", start_time=7, tags=[{"key": "k", "value": "v"}]
    )["run"]

    info = run["info"]
    assert info["artifact_uri"] == f"mlflow-artifacts:/0/{info['run_id']}/artifacts"
    del info["artifact_uri"], info["run_uuid"], info["run_id"]
    assert info == {
        "run_name": "n",
        "experiment_id": "0",
        "user_id": "u",
        "status": "RUNNING",
        "start_time": 7,
        "lifecycle_stage": "active",
    }
    assert {"tags": [{"key": "k", "value": "v"}, {"key": "mlflow.runName", "value": "n"}]} == run["data"]


def test_tags_that_come_with_a_run_have_any_key(server: Asking) -> None:
    """As in MLflow, which holds only later tags to its rule; they are found by search, and can be deleted."""
    keys = ["owner@team", "a//b", "../x", 'steps["0"]', "back\\slash", "a\nb", "x" * 250]
    run_id = server.new_run(run_name="n", tags=[{"key": key, "value": "v"} for key in keys])
    found = server.post("runs/search", experiment_ids=["0"], filter="tags.`owner@team` = 'v' AND tags.`a//b` = 'v'")
    before = server.get("runs/get", run_id=run_id)["run"]["data"]["tags"]
    server.post("runs/delete-tag", run_id=run_id, key="owner@team")
    after = server.get("runs/get", run_id=run_id)["run"]["data"]["tags"]

    assert [run_id] == [run["info"]["run_id"] for run in found["runs"]]
    assert {*keys, "mlflow.runName"} == {tag["key"] for tag in before}
    assert {*keys, "mlflow.runName"} - {"owner@team"} == {tag["key"] for tag in after}


@pytest.mark.parametrize("key", ["", "x" * 251, "a\x00b"])
def test_some_tags_cannot_come_with_a_run(server: Asking, key: str) -> None:
    """Without a key, with one that is too long, or that PostgreSQL cannot keep; no run is made."""
    status, code, message = server.fail(
        "POST", "runs/create", experiment_id="0", tags=[{"key": "good", "value": "v"}, {"key": key, "value": "v"}]
    )

    assert (400, "INVALID_PARAMETER_VALUE") == (status, code)
    assert "key" in message
    assert {} == server.post("runs/search", experiment_ids=["0"])


def test_a_run_may_have_been_before_1970(server: Asking) -> None:
    """Data of experiments is older than computers' clocks; MLflow takes such times, and they sort as numbers."""
    old = server.new_run(run_name="old", start_time=-2_000)
    server.post("runs/update", run_id=old, status="FINISHED", end_time=-123)
    server.new_run(run_name="new", start_time=1)

    info = server.get("runs/get", run_id=old)["run"]["info"]
    assert (-2_000, -123) == (info["start_time"], info["end_time"])
    for asked in ({"order_by": ["start_time ASC"]}, {"filter": "start_time < 0 AND end_time > -124"}):
        found = server.post("runs/search", experiment_ids=["0"], **asked)["runs"]
        assert "old" == found[0]["info"]["run_name"]


def test_what_is_logged_is_read_back(server: Asking) -> None:
    """By runs/get, which reads afresh after every change."""
    run_id = server.new_run()
    first = server.get("runs/get", run_id=run_id)["run"]["data"]
    server.post("runs/log-metric", run_id=run_id, key="m", value=1.5, timestamp=3, step=2)
    server.post("runs/log-parameter", run_id=run_id, key="p", value="1")
    server.post("runs/set-tag", run_id=run_id, key="t", value="u")
    data = server.get("runs/get", run_id=run_id)["run"]["data"]

    assert {"tags"} == set(first)
    assert [{"key": "m", "value": 1.5, "timestamp": 3, "step": 2}] == data["metrics"]
    assert [{"key": "p", "value": "1"}] == data["params"]
    assert {"key": "t", "value": "u"} in data["tags"]


def test_not_a_number_and_infinities_survive_the_wire(server: Asking) -> None:
    """As protobuf writes them; an infinity is kept as the largest double."""
    run_id = server.new_run()
    for key, value in (("a", "NaN"), ("b", "Infinity"), ("c", "-Infinity")):
        server.post("runs/log-metric", run_id=run_id, key=key, value=value, timestamp=1)
    metrics = server.get("runs/get", run_id=run_id)["run"]["data"]["metrics"]

    assert ["NaN", 1.7976931348623157e308, -1.7976931348623157e308] == [metric["value"] for metric in metrics]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"metrics": [{"key": "a//b", "value": 1, "timestamp": 1}]}, "metrics[0].name"),
        ({"metrics": [{"key": "a", "value": 1, "timestamp": -1}]}, "metrics[0].timestamp"),
        ({"params": [{"key": "ok", "value": "1"}, {"key": "../x", "value": "1"}]}, "params[1].key"),
        ({"params": [{"key": "p", "value": "x" * 6001}]}, "params[0].value"),
        ({"tags": [{"key": "t", "value": "x" * 8001}]}, "tags[0].value"),
        ({"tags": [{"key": "t", "value": "a\x00b"}]}, "U+0000"),
        ({"params": [{"key": "p", "value": "1"}] * 2}, "Duplicate parameter keys"),
        ({"metrics": [{"key": "m", "value": 1, "timestamp": 1}] * 1001}, "at most 1000 metrics"),
        ({"params": [{"key": f"p{n}", "value": "1"} for n in range(101)]}, "at most 100 params"),
        ({"tags": [{"key": f"t{n}", "value": "1"} for n in range(101)]}, "at most 100 tags"),
    ],
)
def test_a_batch_that_breaks_a_rule_is_refused_whole(server: Asking, body: dict[str, object], words: str) -> None:
    """The error names the element, and nothing of the batch is stored."""
    run_id = server.new_run()
    said = {"tags": [{"key": "good", "value": "1"}], **body}
    status, code, message = server.fail("POST", "runs/log-batch", run_id=run_id, **said)

    assert (400, "INVALID_PARAMETER_VALUE") == (status, code)
    assert words in message
    data = server.get("runs/get", run_id=run_id)["run"]["data"]
    assert ["mlflow.runName"] == [tag["key"] for tag in data.pop("tags")]
    assert {} == data


def test_a_run_that_is_not_there_is_told_from_an_id_that_cannot_be(server: Asking) -> None:
    """404 and 400; the latter before anything is looked up."""
    assert 404 == server.fail("GET", "runs/get", run_id="0" * 32)[0]
    assert (400, "INVALID_PARAMETER_VALUE") == server.fail("POST", "runs/log-batch", run_id="no/run")[:2]


def test_a_deleted_run_refuses_writes_with_400(server: Asking) -> None:
    """And reads go on."""
    run_id = server.new_run()
    server.post("runs/delete", run_id=run_id)
    status, code, message = server.fail("POST", "runs/log-metric", run_id=run_id, key="m", value=1, timestamp=1)

    assert (400, "INVALID_PARAMETER_VALUE") == (status, code)
    assert "must be in the 'active' state" in message
    assert "deleted" == server.get("runs/get", run_id=run_id)["run"]["info"]["lifecycle_stage"]


def test_histories_come_in_pages(server: Asking) -> None:
    """Ordered by time; the pages together are the whole, and a token fits only its own query."""
    run_id = server.new_run()
    points = [{"key": "m", "value": n / 2, "timestamp": 100 - n, "step": n} for n in range(10)]
    server.post("runs/log-batch", run_id=run_id, metrics=points)
    whole = server.get("metrics/get-history", run_id=run_id, metric_key="m")["metrics"]
    pages, token = [], ""
    while True:
        page = server.get("metrics/get-history", run_id=run_id, metric_key="m", max_results=4, page_token=token)
        pages.append(page["metrics"])
        token = page.get("next_page_token", "")
        if not token:
            break
        last = token

    assert points[::-1] == whole
    assert [4, 4, 2] == [len(page) for page in pages]
    assert whole == [metric for page in pages for metric in page]
    assert 400 == server.fail("GET", "metrics/get-history", run_id=run_id, metric_key="other", page_token=last)[0]
    assert {} == server.get("metrics/get-history", run_id=run_id, metric_key="never")


def test_interval_histories_keep_the_ends(server: Asking) -> None:
    """The points that MLflow gives, for each run by itself; one of several is the last."""
    run_id = server.new_run()
    server.post(
        "runs/log-batch",
        run_id=run_id,
        metrics=[{"key": "m", "value": n, "timestamp": 1, "step": n} for n in range(101)],
    )

    def steps(**said: object) -> list[int]:
        found = server.get("metrics/get-history-bulk-interval", run_ids=[run_id], metric_key="m", **said)
        return [metric["step"] for metric in found["metrics"]]

    assert [0, 21, 41, 61, 100] == steps(max_results=5)
    assert [0, 2, 4, 6, 9] == steps(max_results=5, start_step=0, end_step=9)
    assert [100] == steps(max_results=1)
    assert list(range(10, 13)) == steps(max_results=5, start_step=10, end_step=12)
    assert (
        400
        == server.fail("GET", "metrics/get-history-bulk-interval", run_ids=[run_id], metric_key="m", start_step=1)[0]
    )


@pytest.mark.parametrize("most", [0, -1, 2501])
def test_interval_of_another_size_is_refused(server: Asking, most: int) -> None:
    """It was once taken for the nearest that is allowed."""
    answer = server.fail("GET", "metrics/get-history-bulk-interval", run_ids=["1"], metric_key="m", max_results=most)

    assert (400, f"max_results must be between 1 and 2500. Found {most}.") == (answer[0], answer[2])


def test_a_search_finds_what_was_logged(server: Asking) -> None:
    """Whole runs, in the order asked for, page by page."""
    ids = [server.new_run() for _ in range(5)]
    for n, run_id in enumerate(ids):
        server.post("runs/log-metric", run_id=run_id, key="m", value=n, timestamp=1)
    asked = {"experiment_ids": ["0"], "filter": "metrics.m > 0", "order_by": ["metrics.m DESC"], "max_results": 3}
    first = server.post("runs/search", **asked)
    second = server.post("runs/search", **asked, page_token=first["next_page_token"])

    found = [run["info"]["run_id"] for page in (first, second) for run in page["runs"]]
    assert ids[:0:-1] == found
    assert "next_page_token" not in second
    assert server.get("runs/get", run_id=ids[4])["run"] == first["runs"][0]
    status, code, message = server.fail("POST", "runs/search", experiment_ids=["0"], filter="metrics.m >> 0")
    assert (400, "INVALID_PARAMETER_VALUE") == (status, code)
    assert "character 11" in message


def test_inputs_are_stored_once_and_the_first_tags_stand(server: Asking) -> None:
    """The same dataset of an experiment is one, whichever run says it."""
    run_id = server.new_run()
    for context in ("train", "eval"):
        dataset = {"name": "d", "digest": "1", "source_type": "code", "source": "{}"}
        tags = [{"key": "mlflow.data.context", "value": context}]
        server.post("runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset, "tags": tags}])
    server.post("runs/log-inputs", run_id=run_id, models=[{"model_id": "m-1"}])
    server.post("runs/outputs", run_id=run_id, models=[{"model_id": "m-2", "step": 3}])
    run = server.get("runs/get", run_id=run_id)["run"]

    (use,) = run["inputs"]["dataset_inputs"]
    assert [{"key": "mlflow.data.context", "value": "train"}] == use["tags"]
    assert [{"model_id": "m-1"}] == run["inputs"]["model_inputs"]
    assert [{"model_id": "m-2", "step": 3}] == run["outputs"]["model_outputs"]


def test_old_clients_append_to_the_history_of_logged_models(server: Asking) -> None:
    """Without the settings of the flavours; a file that lacks its parts is refused."""
    run_id = server.new_run()
    model = '{"artifact_path":"m","flavors":{"x":{"config":{},"a":1}},"utc_time_created":"t","run_id":"r","more":1}'
    for _ in range(2):
        server.post("runs/log-model", run_id=run_id, model_json=model)
    tags = {tag["key"]: tag["value"] for tag in server.get("runs/get", run_id=run_id)["run"]["data"]["tags"]}

    entry = '{"run_id":"r","utc_time_created":"t","artifact_path":"m","flavors":{"x":{"a":1}}}'
    assert f"[{entry},{entry}]" == tags["mlflow.log-model.history"]
    assert 400 == server.fail("POST", "runs/log-model", run_id=run_id, model_json="{}")[0]
