"""Modelwright: machine-learning models over their whole life.

>>> import modelwright as mw
>>> mw.deploy("fraud@champion", name="fraud-api")  # doctest: +SKIP
>>> mw.predict("fraud@champion", "cases.parquet", "answers.parquet")  # doctest: +SKIP

Names are loaded when they are used: `import modelwright` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.core.errors import ModelwrightError as ModelwrightError
    from modelwright.sdk.batch import predict as predict
    from modelwright.sdk.predictions import attribution as attribution
    from modelwright.sdk.predictions import replay as replay
    from modelwright.sdk.predictions import why as why
    from modelwright.sdk.serving import deploy as deploy
    from modelwright.sdk.serving import deployment as deployment
    from modelwright.sdk.serving import order as order
    from modelwright.sdk.serving import rollout as rollout
    from modelwright.sdk.serving import start_rollout as start_rollout

__version__ = "0.1.0"

_PLACES = {
    "ModelwrightError": "modelwright.core.errors",
    "attribution": "modelwright.sdk.predictions",
    "deploy": "modelwright.sdk.serving",
    "deployment": "modelwright.sdk.serving",
    "order": "modelwright.sdk.serving",
    "predict": "modelwright.sdk.batch",
    "replay": "modelwright.sdk.predictions",
    "rollout": "modelwright.sdk.serving",
    "start_rollout": "modelwright.sdk.serving",
    "why": "modelwright.sdk.predictions",
}

__all__ = [
    "ModelwrightError",
    "__version__",
    "attribution",
    "deploy",
    "deployment",
    "order",
    "predict",
    "replay",
    "rollout",
    "start_rollout",
    "why",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return __all__
