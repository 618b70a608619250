"""The search languages of runs, experiments and logged models: what MLflow 3 accepts, as it means it.

Where they differ from MLflow's is told in
`docs/reference/mlflow-compatibility.md` and held by recorded cases.
"""

from modelwright.tracking.search.grammars import EXPERIMENTS as EXPERIMENTS
from modelwright.tracking.search.grammars import LOGGED_MODELS as LOGGED_MODELS
from modelwright.tracking.search.grammars import RUNS as RUNS
