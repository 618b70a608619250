"""Models in processes of their own: equal answers, and death, hanging and greed that stay where they are."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import BayesianRidge, LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from modelwright.serving.model import DesiredDeployment, Engine, Isolation, Limits
from modelwright.serving.node.worker.guest.telling import telling_rows
from modelwright.serving.node.worker.remote import RemoteRunner
from modelwright.serving.node.worker.scratch import SCRATCH_BYTES
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, LABELS, ROWS, double_columns, write_mlmodel, write_sklearn

# A model whose code is in its pickle, as cloudpickle does it: a row's first value is an order.
TEMPER = """
import os, time
import numpy as np
class Temper:
    n_features_in_ = 30
    def predict(self, rows):
        for order in rows[:, 0]:
            if order == -1: os._exit(3)
            if order == -2: time.sleep(3600)
            if order == -3: self.held = [np.ones(10_000_000) for _ in range(1000)]
            if order == -4: raise RuntimeError("spoilt")
            if order == -5: return rows[:1, 1]
            if order == -9: os.fork() and os._exit(3) or time.sleep(600)
            if order == -10: return np.full(len(rows), float(os.fork()))
            if order == -11: time.sleep(0.05)
            if order == -12: os.write(1, b"much to say " * 1_000_000)
            if order == -13: open("one", "wb").write(bytes(200_000_000))
            if order == -14:
                for place in range(2000):
                    os.makedirs(str(place))
                    open(f"{place}/one", "wb").write(bytes(1_000_000))
                    time.sleep(0.01)
            if order == -6: open("/etc/modelwright-was-here", "w")
            if order == -7: open("/etc/shadow").read()
            if order == -8: __import__("socket").create_connection(("127.0.0.1", 1), timeout=1)
        return rows.sum(axis=1)
"""


def temper(folder: Path) -> Path:
    """A folder whose pickle runs `TEMPER` when it is opened."""
    folder.mkdir(parents=True)
    # Opcodes by hand: exec(TEMPER, g) and then g["Temper"](), so that nothing of the test is needed to open it.
    opened = b"\x80\x04cbuiltins\neval\n(X" + len(_EXPRESSION).to_bytes(4, "little") + _EXPRESSION + b"tR."
    (folder / "model.pkl").write_bytes(opened)
    flavors = {
        "sklearn": {"pickled_model": "model.pkl", "serialization_format": "cloudpickle"},
        "python_function": {"loader_module": "mlflow.sklearn", "predict_fn": "predict"},
    }
    return write_mlmodel(folder, flavors, double_columns(FEATURES))


_EXPRESSION = f"(lambda g: (exec({TEMPER!r}, g), g['Temper']())[1])({{}})".encode()


def order(node: LiveNode, *orders: float) -> Any:
    rows = [[float(one), *[1.0] * 29] for one in orders]
    return node.http.post("/deployments/api/invocations", json={"inputs": rows})


def runner_of(node: LiveNode, name: str = "api") -> RemoteRunner:
    runner = node.node.front.endpoints[name].first.runner
    assert isinstance(runner, RemoteRunner)
    return runner


@pytest.fixture(scope="module")
def tempered(tmp_path_factory: pytest.TempPathFactory, onnx_folder: Path) -> Iterator[LiveNode]:
    """A bad-tempered model in deployment `api` beside a good one in `good`."""
    home, shelf = tmp_path_factory.mktemp("tempered"), Shelf()
    patch = pytest.MonkeyPatch()
    patch.setenv(SCRATCH_BYTES, "100000000")
    live = LiveNode(home / "node", shelf)
    limits = Limits(deadline_ms=5000, memory_bytes=1_500_000_000)
    bad = shelf.route(temper(home / "temper"), engine=Engine.NATIVE, limits=limits)
    good = DesiredDeployment(name="good", routes=(shelf.route(onnx_folder),))
    live.apply(DesiredDeployment(name="api", routes=(bad,)), good)
    yield live
    live.close()
    patch.undo()


def assert_recovers(node: LiveNode) -> None:
    """The model answers again. How long its library takes to be imported anew is the machine's affair."""
    answer = order(node, 5)
    while answer.status_code in {503, 504}:
        answer = order(node, 5)

    assert [34.0] == answer.json()["predictions"]


def test_forest_answers_like_scikit_learn(
    node: LiveNode, shelf: Shelf, forest_folder: Path, forest: RandomForestClassifier
) -> None:
    """The exact and the ONNX engine give scikit-learn's own labels on rows made to tell them apart."""
    rows = np.concatenate([ROWS, telling_rows(forest, 30)])
    for engine in (Engine.EXACT, Engine.ONNX):
        node.serve(shelf.route(forest_folder, engine=engine))
        told = node.http.post(
            "/v2/models/api/infer",
            json={
                "inputs": [{"name": "x", "shape": list(rows.shape), "datatype": "FP64", "data": rows.ravel().tolist()}],
                "outputs": [{"name": "predict"}, {"name": "predict_proba"}],
            },
        ).json()["outputs"]

        assert engine.value == node.node.front.endpoints["api"].first.runner.engine
        assert forest.predict(rows).tolist() == told[0]["data"]
        np.testing.assert_allclose(
            np.array(told[1]["data"]).reshape(-1, 2), forest.predict_proba(rows), rtol=1e-5, atol=1e-6
        )
        assert 0.0 <= min(told[1]["data"])
        assert 1.0 >= max(told[1]["data"])


def test_pipeline_answers_like_scikit_learn(node: LiveNode, shelf: Shelf, logistic_folder: Path, logistic: Any) -> None:
    """A scaled logistic regression takes whichever engine is proven, with equal labels."""
    node.serve(shelf.route(logistic_folder))
    answer = node.http.post("/invocations", json={"inputs": ROWS.tolist()})

    assert logistic.predict(ROWS).tolist() == answer.json()["predictions"]


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(MinMaxScaler(), LogisticRegression()),
        make_pipeline(QuantileTransformer(n_quantiles=50), LogisticRegression()),
        make_pipeline(PCA(2, whiten=True), LogisticRegression()),
        LinearDiscriminantAnalysis(),
        GaussianNB(),
        KNeighborsClassifier(3),
        SVC(gamma=1e-8),
        KMeans(5, n_init=1, random_state=0),
        RidgeClassifier(),
        BayesianRidge(),
    ],
    ids=lambda model: "-".join(type(step).__name__ for step in getattr(model, "named_steps", {"": model}).values()),
)
def test_a_conversion_is_proven_where_the_data_lie(node: LiveNode, shelf: Shelf, tmp_path: Path, model: Any) -> None:
    """Seconds since 1970 lie 128 apart in single precision: such a conversion is not taken for equal."""
    chance = np.random.default_rng(0)
    rows = np.column_stack([1.7e9 + chance.uniform(0, 86_400, 500), chance.normal(size=500)])
    model.fit(rows, rows[:, 0] + 9_000 * rows[:, 1] > 1.7e9 + 43_200)
    node.serve(shelf.route(write_sklearn(tmp_path / "model", model, double_columns(["at", "x"]))))
    names = [name for name in ("predict", "predict_proba") if hasattr(model, name)]
    tensor = {"name": "x", "shape": [500, 2], "datatype": "FP64", "data": rows.ravel().tolist()}
    asked = {"inputs": [tensor], "outputs": [{"name": name} for name in names]}
    found = node.http.post("/v2/models/api/infer", json=asked).json()["outputs"]

    for name, output in zip(names, found, strict=True):
        answers = np.array(output["data"]).reshape(output["shape"])
        np.testing.assert_allclose(answers, getattr(model, name)(rows), rtol=1e-4, atol=1e-5)


def test_a_linear_support_vector_machine_is_computed_as_a_graph(node: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """Although it has no probabilities, which other classifiers' graphs are told how to answer."""
    model = LinearSVC(random_state=0).fit(ROWS, LABELS)
    folder = write_sklearn(tmp_path / "model", model)
    (folder / "input_example.json").write_text(json.dumps({"columns": FEATURES, "data": ROWS[:3].tolist()}))
    node.serve(shelf.route(folder, engine=Engine.ONNX))
    answer = node.http.post("/invocations", json={"inputs": ROWS.tolist()})

    assert Engine.ONNX.value == node.node.front.endpoints["api"].first.runner.engine
    assert model.predict(ROWS).tolist() == answer.json()["predictions"]


def test_a_child_that_a_model_leaves_behind_does_not_keep_it_from_starting_again(tempered: LiveNode) -> None:
    """It holds the socket, so that nobody hears of the end: it ends at the deadline with its group."""
    assert 504 == order(tempered, -9).status_code
    assert_recovers(tempered)


def test_a_child_that_a_model_forks_answers_nobody(tempered: LiveNode) -> None:
    """It comes back from the call as its parent does, and its answer would be the next caller's."""
    children = [order(tempered, -10).json()["predictions"][0] for _ in range(5)]

    assert 0.0 not in children
    assert_recovers(tempered)


@pytest.mark.parametrize("name", ["forest", "logistic"])
def test_truth_values_are_answered_as_such_by_every_engine(
    node: LiveNode, shelf: Shelf, tmp_path: Path, name: str
) -> None:
    """A classifier of truth values says true and false, and not 1 and 0 where it is computed as a graph."""
    models: dict[str, Any] = {
        "forest": RandomForestClassifier(10, max_depth=4, random_state=1),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    }
    truths = LABELS.astype(bool)
    model = models[name].fit(ROWS, truths)
    folder = write_sklearn(tmp_path / "model", model)
    for engine in (Engine.NATIVE, Engine.AUTO):
        node.serve(shelf.route(folder, engine=engine))
        answer = node.http.post("/invocations", json={"inputs": ROWS.tolist()})

        assert model.predict(ROWS).tolist() == answer.json()["predictions"]
        assert {bool} == set(map(type, answer.json()["predictions"]))


def test_onnx_in_a_worker_answers_alike(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """A graph may be given a process of its own, and answers the same from there."""
    node.serve(shelf.route(onnx_folder, isolation=Isolation.WORKER))
    answer = node.http.post("/invocations", json={"inputs": ROWS[:5].tolist()})

    assert isinstance(runner_of(node), RemoteRunner)
    np.testing.assert_allclose(ROWS[:5].sum(axis=1), answer.json()["predictions"])


def test_it_is_learned_whether_a_worker_is_quicker_than_the_loop(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, tempered: LiveNode
) -> None:
    """From what rows have taken it: next to nothing each here, a twentieth of a second there."""
    node.serve(shelf.route(onnx_folder, isolation=Isolation.WORKER))
    for _ in range(3):
        assert 200 == node.http.post("/invocations", json={"inputs": ROWS.tolist()}).status_code
    assert 200 == order(tempered, -11).status_code

    assert runner_of(node).outruns
    assert not runner_of(tempered).outruns


def test_lightgbm_answers_like_itself(node: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """A booster in LightGBM's own format, natively and as ONNX where that is proven, gives LightGBM's scores."""
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(ROWS, LABELS), num_boost_round=10
    )
    folder = write_mlmodel(tmp_path / "lgb", {"lightgbm": {"data": "model.lgb"}}, double_columns(FEATURES))
    booster.save_model(str(folder / "model.lgb"))
    for engine in (Engine.NATIVE, Engine.AUTO):
        node.serve(shelf.route(folder, engine=engine))
        answer = node.http.post("/invocations", json={"inputs": ROWS.tolist()})

        np.testing.assert_allclose(booster.predict(ROWS), answer.json()["predictions"], rtol=1e-5, atol=1e-6)


def test_worker_that_dies_is_started_again(tempered: LiveNode) -> None:
    """The request that killed it is told so; later ones are answered by a new process."""
    before = runner_of(tempered).pid

    assert 503 == order(tempered, -1).status_code
    assert_recovers(tempered)
    assert before != runner_of(tempered).pid
    assert 1 <= runner_of(tempered).restarts


def test_what_a_model_writes_does_not_fill_the_disk(tempered: LiveNode) -> None:
    """It is thrown away beyond a few megabytes, and the model goes on."""
    assert_recovers(tempered)
    log = Path(f"/proc/{runner_of(tempered).pid}/cwd/log")
    assert [17.0] == order(tempered, -12).json()["predictions"]
    deadline = time.monotonic() + 60
    while log.stat().st_size > 0 and time.monotonic() < deadline:
        time.sleep(0.1)

    assert 0 == log.stat().st_size
    assert [34.0] == order(tempered, 5).json()["predictions"]


def test_a_file_without_end_is_cut_off(tempered: LiveNode) -> None:
    """The model hears of it as of a full disk, and goes on if it can."""
    answer = order(tempered, -13)

    assert (500, True) == (answer.status_code, "File too large" in answer.text)
    assert_recovers(tempered)


def test_files_without_number_end_the_process_and_go_with_it(tempered: LiveNode) -> None:
    """The caller is told what the model did, and how much of it is allowed."""
    assert_recovers(tempered)
    scratch = Path(f"/proc/{runner_of(tempered).pid}/cwd").readlink()
    answer = order(tempered, -14)
    assert_recovers(tempered)

    assert 503 == answer.status_code
    assert "it wrote more than 100000000 bytes into its scratch folder" in answer.text
    assert not scratch.exists()


def test_killed_worker_is_replaced(tempered: LiveNode) -> None:
    """Kill -9 from outside between requests ends in another process."""
    before = runner_of(tempered).pid
    os.kill(before, signal.SIGKILL)
    assert_recovers(tempered)

    assert before != runner_of(tempered).pid


def test_hanging_model_is_killed_at_its_deadline_and_leaves_others_alone(tempered: LiveNode) -> None:
    """Who waits for it is told 504, others of the node are answered meanwhile, and then it answers again."""
    with ThreadPoolExecutor(2) as pool:
        hanging = pool.submit(order, tempered, -2)
        answers = [
            tempered.http.post("/deployments/good/invocations", json={"inputs": ROWS[:1].tolist()}).status_code
            for _ in range(20)
        ]

        assert not hanging.done()
        assert {200} == set(answers)
        assert 504 == hanging.result().status_code
    assert_recovers(tempered)


def test_greedy_model_is_held_to_its_memory(tempered: LiveNode) -> None:
    """A model that allocates without end fails on that request alone."""
    assert order(tempered, -3).status_code in {500, 503, 504}
    assert_recovers(tempered)


@pytest.mark.parametrize(("temptation", "status"), [(-4, 500), (-5, 200), (-6, 500), (-7, 500), (-8, 500)])
def test_sandbox_and_exceptions(tempered: LiveNode, temptation: int, status: int) -> None:
    """A model that raises, writes to /etc, reads secrets or opens connections fails, and harms nothing."""
    answer = order(tempered, temptation)

    assert status == answer.status_code, answer.text
    assert not Path("/etc/modelwright-was-here").exists()


def test_wrong_row_count_is_a_failure(tempered: LiveNode) -> None:
    """One answer for three rows is no answer."""
    assert 500 == order(tempered, -5, 1, 1).status_code


def test_node_never_opens_a_pickle(tempered: LiveNode) -> None:
    """The code in a pickle runs in the worker; the node's own process has not seen it."""
    assert runner_of(tempered).pid != os.getpid()
    assert "no_new_privs" in runner_of(tempered).sandbox
    assert any(one.startswith("landlock") for one in runner_of(tempered).sandbox)


def test_model_that_does_not_load_is_reported(node: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """A broken pickle fails its route, with the reason in the report, and the node goes on."""
    folder = temper(tmp_path / "broken")
    (folder / "model.pkl").write_bytes(b"\x80\x04this is no pickle")
    node.serve(shelf.route(folder, engine=Engine.NATIVE))
    (report,) = node.do(_report(node)).routes

    assert "failed" == report.status.value
    assert report.reason.startswith("the model does not load: ")
    assert 503 == order(node, 1).status_code


async def _report(node: LiveNode) -> Any:
    await asyncio.sleep(0)
    return node.node.report()


STARTUP = """
import sys
tried = []
for path, mode in (({outside!r}, "w"), ({secret!r}, "r")):
    try:
        open(path, mode).close()
        tried.append("opened")
    except OSError as error:
        tried.append(type(error).__name__)
sys.exit("at the start: " + " ".join(tried))
"""


@pytest.mark.parametrize("links", [True, False])
def test_nothing_of_an_environment_runs_before_the_doors_are_closed(
    tmp_path: Path, shelf: Shelf, onnx_folder: Path, *, links: bool
) -> None:
    """What an environment makes Python run at its start can neither write outside nor read what is not its own.

    Its interpreter is a link to another, or a copy of it.
    """
    outside, secret = tmp_path / "outside", tmp_path / "secret"
    secret.write_text("key")
    venv.create(tmp_path / "environment", symlinks=links)
    (packages,) = (tmp_path / "environment" / "lib").glob("python*/site-packages")
    code = STARTUP.format(outside=str(outside), secret=str(secret))
    # A sitecustomize.py would do the same, but where a distribution has one of its own, that one is found first.
    (packages / "startup.pth").write_text(f"import sys; exec({code!r})\n")
    node = LiveNode(tmp_path / "home", shelf, python=tmp_path / "environment" / "bin" / "python")
    node.serve(shelf.route(onnx_folder, isolation=Isolation.WORKER))
    (report,) = node.do(_report(node)).routes
    node.close()

    assert "at the start: PermissionError PermissionError" in report.reason
    assert not outside.exists()


def test_each_target_of_several_has_its_own_probabilities(node: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """As many rows as targets must not be taken for each other; the number of classes may differ."""
    targets = np.c_[LABELS, np.digitize(ROWS[:, 0], [12, 15])]
    forest = RandomForestClassifier(5, max_depth=3, random_state=0).fit(ROWS, targets)
    node.serve(shelf.route(write_sklearn(tmp_path / "targets", forest), engine=Engine.NATIVE))
    rows = [dict(zip(FEATURES, row, strict=True)) for row in ROWS[:2].tolist()]
    told = node.http.post("/deployments/api/predict", json={"rows": rows}).json()["predictions"]

    assert forest.predict(ROWS[:2]).tolist() == [one["predict"] for one in told]
    for place, expected in enumerate(forest.predict_proba(ROWS[:2])):
        np.testing.assert_allclose(expected, [one[f"predict_proba_{place}"] for one in told])
