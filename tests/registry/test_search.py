"""Prompts live among the registered models, and are searched only when asked for."""

import pytest

from modelwright.core.search import parse_filter
from modelwright.registry.search import MODELS, asks_for_prompts, without_prompt_tag


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("", False),
        ("name = 'x'", False),
        ("tags.mlflow.prompt.is_prompt = 'true'", True),
        ("name = 'x' AND tags.`mlflow.prompt.is_prompt` = 'True'", True),
        ("tags.mlflow.prompt.is_prompt != 'false'", True),
        ("tags.mlflow.prompt.is_prompt != 'true'", False),
        ("tags.mlflow.prompt.is_prompt = 'false'", False),
        ("tags.mlflow.prompt.is_prompt LIKE 'true'", False),
        ("tags.is_prompt = 'true'", False),
    ],
)
def test_the_prompt_tag_decides(text: str, prompts: bool) -> None:  # noqa: FBT001 - a column of a table
    """Only a filter that asks for the tag to be true searches prompts, as in MLflow."""
    assert prompts is asks_for_prompts(parse_filter(MODELS, text))


def test_models_are_not_asked_for_a_tag_that_they_lack() -> None:
    """When models are searched, a clause about the prompt tag is no clause."""
    clauses = parse_filter(MODELS, "tags.mlflow.prompt.is_prompt != 'true' AND name = 'x'")

    assert ["name"] == [clause.field.key for clause in without_prompt_tag(clauses)]
