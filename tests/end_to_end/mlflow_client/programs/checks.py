"""What a check is, and the little that all of them share. Runs in the client's environment, not in ours."""

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

Check = Callable[[], None]
CHECKS: dict[str, Check] = {}

_counter = itertools.count()


def check(*, slow: bool = False, unlike_mlflow: str = "") -> Callable[[Check], Check]:
    """Register a flow under `module.function`.

    `slow` marks what takes longer than the everyday suite should. `unlike_mlflow` says in which way our
    answer differs from MLflow's on purpose; such a check is not run against MLflow. Both are read from
    the source by the test that wraps the checks, which cannot import this module.
    """
    del slow, unlike_mlflow

    def register(function: Check) -> Check:
        CHECKS[f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}"] = function
        return function

    return register


def unique(prefix: str) -> str:
    """A name nobody has used on this server."""
    return f"{prefix}-{os.getpid()}-{next(_counter)}"


def client() -> Any:
    return mlflow.MlflowClient()


def experiment() -> str:
    """A fresh experiment, made the fluent API's current one; its id."""
    return str(mlflow.set_experiment(unique("experiment")).experiment_id)


def run_id() -> str:
    """A fresh run in a fresh experiment."""
    return str(client().create_run(experiment()).info.run_id)


@contextlib.contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """The block must fail with this `error_code`, and the message must hold all of `words`."""
    try:
        yield
    except MlflowException as error:
        said = error
    else:
        raise AssertionError(f"expected {code}, but it was accepted")
    assert code == said.error_code, f"expected {code}, got {said.error_code}: {said}"
    missing = [word for word in words if word not in str(said)]
    assert not missing, f"the message lacks {missing}: {said}"
