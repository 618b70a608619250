"""The command `modelwright` (also `mw`, and `python -m modelwright`): a table of commands, each loaded when used."""

from typing import Final

from modelwright.cli.lazy import LazyGroup, command_line

COMMANDS: Final = {
    "server": ("modelwright.admin.commands:server", "Serve the page, the API and the MLflow API."),
    "demo": ("modelwright.cli.demo:demo", "See it at work: train, register, load and predict with the mlflow client."),
    "experiment": ("modelwright.cli.runs:experiment", "See experiments."),
    "run": ("modelwright.cli.runs:run", "See and compare runs."),
    "model": ("modelwright.cli.models:model", "See models, their versions and the history of their aliases."),
    "version": ("modelwright.cli.models:version", "See versions of models."),
    "doctor": ("modelwright.admin.doctor:doctor", "Read every stored byte and compare it with its digest."),
    "gc": ("modelwright.admin.gc:gc", "Remove for good what was deleted a while ago."),
    "migrate": ("modelwright.admin.commands:migrate", "Bring the database's schema up to date."),
    "deploy": ("modelwright.cli.deployments:deploy", "Have a version answer predictions."),
    "deployment": ("modelwright.cli.deployments:deployment", "See and steer deployments."),
    "route": ("modelwright.cli.deployments:route", "Divide a deployment's traffic by hand."),
    "rollout": ("modelwright.cli.rollouts:rollout", "Move traffic to another version, under guards."),
    "node": ("modelwright.cli.node:node", "Answer predictions: one node; and the list of all."),
    "ledger": ("modelwright.cli.ledger:ledger", "Past predictions: what is kept, as Parquet, with SQL."),
    "outcome": ("modelwright.cli.outcomes:outcome", "Say what became of predictions."),
    "package": ("modelwright.cli.package:package", "Write a version with all it needs: a bundle or an image."),
    "predict": ("modelwright.cli.predict:predict", "Answer every row of a file."),
    "why": ("modelwright.cli.predictions:why", "Where a past answer came from."),
    "openapi": ("modelwright.admin.commands:openapi", "Print the description of /api/v1."),
}

main = LazyGroup(
    name="modelwright",
    commands_at=COMMANDS,
    help="""Manage machine-learning models over their whole life.

    Begin with `modelwright server`, or see it all at work with `modelwright demo`.""",
)


def run() -> None:
    command_line(main)


if __name__ == "__main__":
    run()
