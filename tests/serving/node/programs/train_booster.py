"""Train a booster and save it in its own format; run in an environment that has it. argv: the library, a folder.

Prints JSON: the predictions for the first five rows of the data.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np

library, folder = sys.argv[1], Path(sys.argv[2])
random = np.random.default_rng(3)
rows = random.normal(size=(300, 6))
labels = (rows[:, 0] + rows[:, 1] > 0).astype(int)

if library == "xgboost":
    model = importlib.import_module("xgboost").XGBClassifier(n_estimators=8, max_depth=3)
    model.fit(rows, labels)
    model.save_model(folder / "model.ubj")
else:
    model = importlib.import_module("catboost").CatBoostClassifier(
        iterations=8, depth=3, verbose=False, train_dir=folder
    )
    model.fit(rows, labels)
    model.save_model(str(folder / "model.cb"))

print(
    json.dumps(
        {
            "rows": rows[:5].tolist(),
            "labels": model.predict(rows[:5]).tolist(),
            "scores": model.predict_proba(rows[:5]).tolist(),
        }
    )
)
