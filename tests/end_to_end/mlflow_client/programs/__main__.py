"""Run checks against the server in MLFLOW_TRACKING_URI; one line of JSON per check as it ends.

python -m tests.end_to_end.mlflow_client.programs <module.function> ...
"""

import importlib
import json
import logging
import os
import signal
import sys
import time
import traceback
import warnings
from types import FrameType
from typing import NoReturn

import mlflow

from tests.end_to_end.mlflow_client.programs.checks import CHECKS, Check

SECONDS_PER_CHECK = int(os.environ["SECONDS_PER_CHECK"])


def too_long(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError(f"the check took longer than {SECONDS_PER_CHECK} s")


def outcome(name: str, check: Check) -> dict[str, object]:
    error = None
    began = time.monotonic()
    signal.alarm(SECONDS_PER_CHECK)
    try:
        check()
    except Exception:  # noqa: BLE001 - whatever a check raises is its result
        error = traceback.format_exc()
    finally:
        signal.alarm(0)
        while mlflow.active_run() is not None:
            mlflow.end_run()
    return {"check": name, "error": error, "seconds": round(time.monotonic() - began, 2)}


def main() -> None:
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, too_long)
    names = sys.argv[1:]
    for module in sorted({name.split(".")[0] for name in names}):
        importlib.import_module(f"tests.end_to_end.mlflow_client.programs.{module}")
    for name in names:
        print(json.dumps(outcome(name, CHECKS[name])), flush=True)


main()
