"""What every room knows of the words in a comment, on both databases."""

from modelwright.core.db.database import Database
from modelwright.core.finding import Namer
from modelwright.registry.service import finding as registry
from modelwright.serving.service import finding as serving
from modelwright.tracking.service import finding as tracking
from tests.tracking.making import new_experiment, new_run

NAMERS: list[Namer] = [*registry.NAMERS, *serving.NAMERS, *tracking.NAMERS]


def test_words_that_name_nothing_are_left_out_and_those_that_do_have_a_reference(db: Database) -> None:
    """However odd they are; an empty list of words is no fault either."""
    experiment = new_experiment(db)
    run = new_run(db, experiment)
    words = [f"runs/{run}", f"experiments/{experiment}", f"runs/{'0' * 32}", "experiments/999999999999999999"]
    odd = ["a:1", "a:999999999999999999", "a@b", "models/a", "models/a/versions/1", "deployments/a", "deployments/"]

    found = [db.read_now(lambda tx, namer=namer: namer(tx, [*words, *odd])) for namer in NAMERS]  # type: ignore[misc]  # bound now
    nothing = [db.read_now(lambda tx, namer=namer: namer(tx, [])) for namer in NAMERS]  # type: ignore[misc]  # bound now

    assert [{}, {}, {words[0]: words[0], words[1]: words[1]}] == found
    assert [{}, {}, {}] == nothing
    assert [] == [name for people in tracking.PEOPLE for name in db.read_now(people)]
