"""The facts that this room records. Points of series are the exception: they are telemetry, not changes of state."""

from modelwright.core.events import Event


class ExperimentCreated(Event, frozen=True, tag="tracking.experiment.created"):
    SUBJECT = "experiments/{experiment_id}"

    experiment_id: int
    name: str
    artifact_location: str
    tags: dict[str, str]


class ExperimentRenamed(Event, frozen=True, tag="tracking.experiment.renamed"):
    SUBJECT = "experiments/{experiment_id}"

    experiment_id: int
    before: str
    after: str


class ExperimentTagged(Event, frozen=True, tag="tracking.experiment.tagged"):
    """`before` and `after` have a key each where it has a value."""

    SUBJECT = "experiments/{experiment_id}"

    experiment_id: int
    before: dict[str, str]
    after: dict[str, str]


class ExperimentDeleted(Event, frozen=True, tag="tracking.experiment.deleted"):
    """With it, `runs` runs that had been active."""

    SUBJECT = "experiments/{experiment_id}"

    experiment_id: int
    runs: int


class ExperimentRestored(Event, frozen=True, tag="tracking.experiment.restored"):
    """With it, `runs` runs that had been deleted with it."""

    SUBJECT = "experiments/{experiment_id}"

    experiment_id: int
    runs: int


class ExperimentForgotten(Event, frozen=True, tag="tracking.experiment.forgotten"):
    """Removed for good."""

    SUBJECT = "experiments/{experiment_id}"

    experiment_id: int
    name: str


class RunCreated(Event, frozen=True, tag="tracking.run.created"):
    SUBJECT = "runs/{run_id}"

    run_id: str
    experiment_id: int
    name: str
    tags: dict[str, str]


class RunChanged(Event, frozen=True, tag="tracking.run.changed"):
    """`before` and `after` hold the fields that changed: status, end_ms, name."""

    SUBJECT = "runs/{run_id}"

    run_id: str
    before: dict[str, str | int | None]
    after: dict[str, str | int | None]


class RunTagged(Event, frozen=True, tag="tracking.run.tagged"):
    """`before` and `after` have a key each where it has a value."""

    SUBJECT = "runs/{run_id}"

    run_id: str
    before: dict[str, str]
    after: dict[str, str]


class RunParamsLogged(Event, frozen=True, tag="tracking.run.params_logged"):
    """The keys of new params. Their values are on the run, where they never change."""

    SUBJECT = "runs/{run_id}"

    run_id: str
    keys: list[str]


class RunInputsLogged(Event, frozen=True, tag="tracking.run.inputs_logged"):
    """`datasets` are pairs of name and digest."""

    SUBJECT = "runs/{run_id}"

    run_id: str
    datasets: list[tuple[str, str]]
    models: list[str]


class RunOutputsLogged(Event, frozen=True, tag="tracking.run.outputs_logged"):
    """`models` are pairs of id and step."""

    SUBJECT = "runs/{run_id}"

    run_id: str
    models: list[tuple[str, int]]


class RunDeleted(Event, frozen=True, tag="tracking.run.deleted"):
    SUBJECT = "runs/{run_id}"

    run_id: str


class RunRestored(Event, frozen=True, tag="tracking.run.restored"):
    SUBJECT = "runs/{run_id}"

    run_id: str


class RunForgotten(Event, frozen=True, tag="tracking.run.forgotten"):
    """Removed for good."""

    SUBJECT = "runs/{run_id}"

    run_id: str
    experiment_id: int


class LoggedModelCreated(Event, frozen=True, tag="tracking.logged_model.created"):
    SUBJECT = "logged-models/{model_id}"

    model_id: str
    experiment_id: int
    name: str
    source_run_id: str


class LoggedModelChanged(Event, frozen=True, tag="tracking.logged_model.changed"):
    """Its status."""

    SUBJECT = "logged-models/{model_id}"

    model_id: str
    before: str
    after: str


class LoggedModelParamsLogged(Event, frozen=True, tag="tracking.logged_model.params_logged"):
    SUBJECT = "logged-models/{model_id}"

    model_id: str
    params: dict[str, str]


class LoggedModelTagged(Event, frozen=True, tag="tracking.logged_model.tagged"):
    """`before` and `after` have a key each where it has a value."""

    SUBJECT = "logged-models/{model_id}"

    model_id: str
    before: dict[str, str]
    after: dict[str, str]


class LoggedModelDeleted(Event, frozen=True, tag="tracking.logged_model.deleted"):
    SUBJECT = "logged-models/{model_id}"

    model_id: str


class LoggedModelForgotten(Event, frozen=True, tag="tracking.logged_model.forgotten"):
    """Removed for good."""

    SUBJECT = "logged-models/{model_id}"

    model_id: str
