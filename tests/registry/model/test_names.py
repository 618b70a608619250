"""What models, aliases and version numbers may be called."""

import pytest

from modelwright.core.errors import BadInput
from modelwright.registry.model.names import (
    check_alias,
    check_description,
    check_model_name,
    check_new_alias,
    check_tag,
    version_number,
)
from modelwright.registry.model.things import Stage


@pytest.mark.parametrize("name", ["fraud", "Kredit Ausfall v2", "模型", "a.b", "x" * 250, "a@b", "50%", "~"])
def test_name_that_can_be(name: str) -> None:
    """Anything that is one segment of an address."""
    check_model_name(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Missing value for required parameter 'name'"),
        (" \t", "Missing value for required parameter 'name'"),
        ("a/b", "Names cannot contain '/' or ':'"),
        ("a:b", "Names cannot contain '/' or ':'"),
        (".", "must not resolve to other names"),
        ("..", "must not resolve to other names"),
        ("...", "must not resolve to other names"),
        ("..a", "must not resolve to other names"),
        ("x" * 251, "exceeds the maximum length of 250"),
        ("a\x00b", r"U\+0000"),
    ],
)
def test_name_that_cannot_be(name: str, message: str) -> None:
    """The words are MLflow's where it has some."""
    with pytest.raises(BadInput, match=message):
        check_model_name(name)


def test_new_name_is_called_so() -> None:
    """The message names the parameter that is wrong."""
    with pytest.raises(BadInput, match="'new_name'"):
        check_model_name(" ", "new_name")


@pytest.mark.parametrize("alias", ["champion", "a-b_c", "é1", "v", "version1", "v1a", "x" * 255])
def test_alias_that_can_be(alias: str) -> None:
    """Word characters of any language, and dashes."""
    check_new_alias(alias)


@pytest.mark.parametrize("alias", ["", "a b", "a.b", "a/b", "a@b", "a\n", "x" * 256])
def test_alias_that_cannot_be(alias: str) -> None:
    """Nothing that would need quoting in an address."""
    with pytest.raises(BadInput, match="alias name"):
        check_alias(alias)


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V27"])
def test_alias_that_means_something_else(alias: str) -> None:
    """One may ask for it, not set it."""
    check_alias(alias)
    with pytest.raises(BadInput, match="reserved"):
        check_new_alias(alias)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("-1", -1), ("9223372036854775807", 2**63 - 1)])
def test_version_number_is_an_integer(text: str, number: int) -> None:
    """MLflow's clients send it as a string."""
    assert number == version_number(text)


@pytest.mark.parametrize("text", ["", "one", "1.0", "1_0", " 1", "٣", "9223372036854775808", "1" * 5000, "latest"])
def test_version_number_is_nothing_else(text: str) -> None:
    """Not what Python would also take, and nothing beyond 64 bits."""
    with pytest.raises(BadInput, match="Parameter 'version' must be an integer"):
        version_number(text)


@pytest.mark.parametrize(
    ("text", "stage"), [("None", Stage.NONE), ("production", Stage.PRODUCTION), ("STAGING", Stage.STAGING)]
)
def test_stage_is_named_in_any_case(text: str, stage: Stage) -> None:
    """MLflow's spelling comes out."""
    assert stage is Stage.named(text)


def test_unknown_stage_is_refused() -> None:
    """The message names those there are."""
    with pytest.raises(BadInput, match="Value must be one of None, Staging, Production, Archived"):
        Stage.named("Live")


def test_long_texts_are_refused() -> None:
    """Nothing is cut to fit."""
    check_tag("k", "x" * 100_000)
    with pytest.raises(BadInput, match="'value' exceeds the maximum length of 100000"):
        check_tag("k", "x" * 100_001)
    with pytest.raises(BadInput, match="'description' exceeds"):
        check_description("x" * 100_001)
