"""Save a trained model with the unmodified mlflow client, and print what it answers itself.

argv: the kind of model, an empty folder. Runs in an environment with mlflow and the kind's library. Prints JSON:
{"ask": a body of /invocations, "direct": the library's own answers for it}.
"""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

kind, folder = sys.argv[1], Path(sys.argv[2])
random = np.random.default_rng(7)
NAMES = [f"f{place}" for place in range(4)]
TABLE = pd.DataFrame(random.normal(size=(200, 4)), columns=NAMES)
TARGET = TABLE["f0"] * 2 - TABLE["f1"] ** 2
LABELS = (TARGET > 0).astype(int)
ROWS = TABLE.to_numpy(dtype=np.float32)
FEW = 5

Saved = tuple[dict[str, Any], Any]


def columns(direct: Any) -> Saved:
    return {"dataframe_split": {"columns": NAMES, "data": TABLE.head(FEW).to_numpy().tolist()}}, direct


def tensors(direct: Any) -> Saved:
    return {"inputs": ROWS[:FEW].tolist()}, direct


def xgboost() -> Saved:
    model = importlib.import_module("xgboost").XGBRegressor(n_estimators=12, max_depth=3).fit(TABLE, TARGET)
    mlflow.xgboost.save_model(model, folder, signature=infer_signature(TABLE, TARGET))
    return columns(model.predict(TABLE.head(FEW)))


def xgboost_linear() -> Saved:
    """A booster without trees, which XGBoost does not ask in place."""
    library = importlib.import_module("xgboost")
    data = library.DMatrix(TABLE, TARGET)
    model = library.train({"booster": "gblinear"}, data, 12)
    mlflow.xgboost.save_model(model, folder, signature=infer_signature(TABLE, TARGET))
    return columns(model.predict(library.DMatrix(TABLE.head(FEW))))


def xgboost_reordered() -> Saved:
    """Its signature has the columns in another order than the table that it was fitted on."""
    model = importlib.import_module("xgboost").XGBRegressor(n_estimators=12, max_depth=3).fit(TABLE, TARGET)
    mlflow.xgboost.save_model(model, folder, signature=infer_signature(TABLE[NAMES[::-1]], TARGET))
    return columns(model.predict(TABLE.head(FEW)))


def catboost_reordered() -> Saved:
    model = importlib.import_module("catboost").CatBoostRegressor(iterations=12, verbose=False)
    model.set_params(allow_writing_files=False).fit(TABLE, TARGET)
    mlflow.catboost.save_model(model, folder, signature=infer_signature(TABLE[NAMES[::-1]], TARGET))
    return columns(model.predict(TABLE.head(FEW)))


def catboost_codes() -> Saved:
    """Categories that are whole numbers, beside columns of fractions."""
    table = TABLE.assign(f3=random.integers(0, 4, len(TABLE)))
    model = importlib.import_module("catboost").CatBoostRegressor(iterations=12, cat_features=["f3"], verbose=False)
    model.set_params(allow_writing_files=False).fit(table, TARGET + table["f3"])
    mlflow.catboost.save_model(model, folder, signature=infer_signature(table, TARGET))
    rows = json.loads(table.head(FEW).to_json(orient="split", index=False, double_precision=15))
    return {"dataframe_split": {"columns": rows["columns"], "data": rows["data"]}}, model.predict(table.head(FEW))


def lightgbm() -> Saved:
    library = importlib.import_module("lightgbm")
    model = library.train({"objective": "binary", "verbose": -1}, library.Dataset(TABLE, LABELS), num_boost_round=12)
    mlflow.lightgbm.save_model(model, folder, signature=infer_signature(TABLE, TARGET))
    return columns(model.predict(TABLE.head(FEW)))


def lightgbm_wrapper() -> Saved:
    """As MLflow saves it when it is not told otherwise: by skops."""
    model = importlib.import_module("lightgbm").LGBMClassifier(n_estimators=12, verbose=-1).fit(TABLE, LABELS)
    mlflow.lightgbm.save_model(model, folder, signature=infer_signature(TABLE, LABELS))
    return columns(model.predict(TABLE.head(FEW)))


def _boosted_table(booster: Any) -> Saved:
    """A booster behind scikit-learn's encoders, on columns by name, one of them text."""
    compose, pipeline, preprocessing = (
        importlib.import_module(f"sklearn.{name}") for name in ("compose", "pipeline", "preprocessing")
    )
    table = TABLE.assign(town=random.choice(["Wien", "Graz", "Linz"], len(TABLE)))
    encode = preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = compose.ColumnTransformer([("text", encode, ["town"]), ("rest", "passthrough", NAMES)])
    model = pipeline.Pipeline([("prepare", prepare), ("model", booster)]).fit(table, LABELS)
    signature = infer_signature(table, LABELS)
    mlflow.sklearn.save_model(model, folder, signature=signature, serialization_format="cloudpickle")
    few = table.head(FEW)
    asked = {"columns": list(table.columns), "data": few.to_numpy().tolist()}
    return {"dataframe_split": asked}, model.predict(few)


def xgboost_pipeline() -> Saved:
    return _boosted_table(importlib.import_module("xgboost").XGBClassifier(n_estimators=12, max_depth=3))


def lightgbm_pipeline() -> Saved:
    return _boosted_table(importlib.import_module("lightgbm").LGBMClassifier(n_estimators=12, verbose=-1))


def _measured_table(booster: Any) -> Saved:
    """A booster that gives a number, behind imputers and an encoder that knows missing texts and unknown ones."""
    compose, impute, pipeline, preprocessing = (
        importlib.import_module(f"sklearn.{name}") for name in ("compose", "impute", "pipeline", "preprocessing")
    )
    table = TABLE.assign(town=random.choice(["Wien", "Graz", "Linz"], len(TABLE)))
    table.loc[::9, "f1"], table.loc[::7, "town"] = np.nan, None
    encode = preprocessing.OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    fill = pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler())
    prepare = compose.ColumnTransformer([("text", encode, ["town"]), ("rest", fill, NAMES)])
    model = pipeline.Pipeline([("prepare", prepare), ("model", booster)]).fit(table, TARGET + 10)
    mlflow.sklearn.save_model(
        model, folder, signature=infer_signature(table, TARGET), serialization_format="cloudpickle"
    )
    few = table.head(20).copy()
    few.loc[1, "town"] = "Nowhere"
    rows = [[None if pd.isna(one) else one for one in row] for row in few.to_numpy(dtype=object).tolist()]
    return {"dataframe_split": {"columns": list(table.columns), "data": rows}}, model.predict(few)


def xgboost_measured() -> Saved:
    return _measured_table(importlib.import_module("xgboost").XGBRegressor(n_estimators=12, max_depth=3))


def lightgbm_measured() -> Saved:
    return _measured_table(importlib.import_module("lightgbm").LGBMRegressor(n_estimators=12, verbose=-1))


def catboost() -> Saved:
    library = importlib.import_module("catboost")
    model = library.CatBoostClassifier(iterations=12, depth=3, verbose=False, allow_writing_files=False)
    model.fit(TABLE, LABELS)
    mlflow.catboost.save_model(model, folder, signature=infer_signature(TABLE, LABELS))
    return columns(model.predict(TABLE.head(FEW)))


def skops() -> Saved:
    forest = importlib.import_module("sklearn.ensemble").RandomForestClassifier(20, random_state=0).fit(TABLE, LABELS)
    trusted = ["sklearn.tree._tree.Tree"]
    signature = infer_signature(TABLE, LABELS)
    mlflow.sklearn.save_model(
        forest, folder, serialization_format="skops", skops_trusted_types=trusted, signature=signature
    )
    return columns(forest.predict(TABLE.head(FEW)))


def skops_trap() -> Saved:
    """A file that runs a command when it is used, and a list beside it that says this may be trusted."""
    trap = importlib.import_module("sklearn.preprocessing").FunctionTransformer(importlib.import_module("os").system)
    mlflow.sklearn.save_model(
        trap,
        folder,
        serialization_format="skops",
        skops_trusted_types=["posix.system"],
        signature=infer_signature(TABLE, LABELS),
    )
    return columns([])


def onnx() -> Saved:
    linear = importlib.import_module("sklearn.linear_model").LinearRegression().fit(TABLE, TARGET)
    kind = importlib.import_module("skl2onnx.common.data_types").DoubleTensorType([None, 4])
    graph = importlib.import_module("skl2onnx").convert_sklearn(linear, initial_types=[("X", kind)], target_opset=17)
    mlflow.onnx.save_model(graph, folder, signature=infer_signature(TABLE.to_numpy(), TARGET.to_numpy()))
    return {"inputs": TABLE.head(FEW).to_numpy().tolist()}, linear.predict(TABLE.head(FEW))[:, None]


def _network() -> Any:
    torch = importlib.import_module("torch")
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    wanted = torch.from_numpy(LABELS.to_numpy())
    for _ in range(30):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(torch.from_numpy(ROWS)), wanted).backward()
        optimizer.step()
    return network.eval()


def _answers(network: Any) -> np.ndarray:
    torch = importlib.import_module("torch")
    with torch.no_grad():
        found: np.ndarray = network(torch.from_numpy(ROWS[:FEW])).numpy()
    return found


def torch_pickle() -> Saved:
    network = _network()
    answers = _answers(network)
    mlflow.pytorch.save_model(
        network, folder, serialization_format="pickle", signature=infer_signature(ROWS[:FEW], answers)
    )
    return tensors(answers)


def torch_columns() -> Saved:
    network = _network()
    answers = _answers(network)
    mlflow.pytorch.save_model(
        network, folder, serialization_format="pickle", signature=infer_signature(TABLE, pd.DataFrame(answers))
    )
    return columns([{str(place): one for place, one in enumerate(row)} for row in answers.tolist()])


def torch_script() -> Saved:
    torch = importlib.import_module("torch")
    network = _network()
    answers = _answers(network)
    scripted = torch.jit.trace(network, torch.from_numpy(ROWS))
    mlflow.pytorch.save_model(
        scripted, folder, serialization_format="pickle", signature=infer_signature(ROWS[:FEW], answers)
    )
    return tensors(answers)


def torch_export() -> Saved:
    network = _network()
    answers = _answers(network)
    mlflow.pytorch.save_model(
        network,
        folder,
        serialization_format="pt2",
        input_example=ROWS[:FEW],
        signature=infer_signature(ROWS[:FEW], answers),
    )
    return tensors(answers)


def keras() -> Saved:
    library = importlib.import_module("keras")
    library.utils.set_random_seed(1)
    model = library.Sequential([library.layers.Input((4,)), library.layers.Dense(8, "relu"), library.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(ROWS, TARGET.to_numpy(dtype=np.float32), epochs=3, verbose=0)
    answers = model.predict(ROWS[:FEW], verbose=0)
    mlflow.tensorflow.save_model(model, folder, signature=infer_signature(ROWS[:FEW], answers))
    return tensors(answers)


def transformers() -> Saved:
    """A tiny BERT with random weights, its words made up here: nothing is fetched."""
    library = importlib.import_module("transformers")
    importlib.import_module("torch").manual_seed(1)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "and", "very"]
    listed = folder.with_name("words.txt")
    listed.write_text("\n".join(words))
    tokenizer = library.BertTokenizer(str(listed))
    config = library.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    model = library.BertForSequenceClassification(config).eval()
    pipeline = library.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    texts = ["good and very good", "bad", "very bad and good"]
    signature = infer_signature(texts, pipeline(texts))
    mlflow.transformers.save_model(
        pipeline, folder, signature=signature, pip_requirements=["mlflow", "torch", "transformers"]
    )
    return {"inputs": texts}, pipeline(texts)


def plain(value: Any) -> Any:
    return np.asarray(value).tolist() if isinstance(value, (np.ndarray, pd.Series)) else value


KINDS: dict[str, Callable[[], Saved]] = {
    one.__name__: one
    for one in (
        xgboost, lightgbm, xgboost_pipeline, lightgbm_pipeline, xgboost_measured, lightgbm_measured, catboost, skops,
        xgboost_linear, xgboost_reordered, catboost_reordered, catboost_codes, skops_trap, lightgbm_wrapper, onnx,
        torch_pickle, torch_columns, torch_script, torch_export, keras, transformers,
    )
}  # fmt: skip

ask, direct = KINDS[kind]()
print(json.dumps({"ask": ask, "direct": plain(direct)}))
