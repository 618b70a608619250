"""Our search languages read thousands of filters and order terms as MLflow 3.17.2 does, but for known differences.

`tests/assets/search/record.py` wrote MLflow's answers down. The differences are those of the page
docs/reference/mlflow-compatibility.md.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from modelwright.core.search import Grammar, QueryError, parse_filter, parse_order
from modelwright.registry.search import MODELS, VERSIONS
from modelwright.tracking.search import EXPERIMENTS, LOGGED_MODELS, RUNS

ASSET = Path(__file__).parents[2] / "assets" / "search" / "mlflow_cases.json"
CASES: Final[list[list[Any]]] = json.loads(ASSET.read_text())
GRAMMARS: Final = {
    "runs": RUNS,
    "experiments": EXPERIMENTS,
    "logged_models": LOGGED_MODELS,
    "registered_models": MODELS,
    "model_versions": VERSIONS,
}

Sign = Callable[[str, str], bool]


def _asks(pattern: str, language: str = "") -> Sign:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda lang, text: (not language or language == lang) and bool(compiled.search(text))


WE_REFUSE: Final[dict[str, Sign]] = {
    "an AND left out, doubled, leading or trailing": _asks(
        r"^\s*AND|AND\s*$|AND AND|['\"\d)] (?!AND|and|AnD)[a-z_]+[. ]|(NULL|null) [a-z]"
    ),
    "a key that is empty": _asks(r"^(metrics|params)\. "),
    "an order by an empty key": _asks(r"^\['metrics\."),
    "a key quoted twice or in part": _asks(r"\.[\"`][\"`]|a\.`b c`|^tag\.a b"),
    "a number beyond a double": _asks("1e999"),
    "a list of other than texts, joined texts, or nothing": _asks(r"\\n|\(\(|'a' 'b'|\(1\)|\(\)"),
    "a text without quotes, or NaN": _asks(r"(x|`x`|NaN|NULL|1_0)$", "logged_models"),
    "what logged models happen to have as columns": _asks("^experiment_id", "logged_models"),
}
WE_ACCEPT: Final[dict[str, Sign]] = {
    "blanks only": _asks(r"^\s+$"),
    "a plus in an exponent": _asks(r"1e\+5"),
    "any word or number as a key": _asks(r"^(metrics|params)\.(1|v1\.2|from|values|case|in) "),
    "a dash or a slash in a key, other than of logged models": _asks(r"^(\['|)metrics\.a-b"),
    "operators in any case": _asks("(?i)like", "experiments"),
    "prefixes in singular and plural": _asks(r"^(\['|)(attributes?|metric)\."),
    "fractions for whole numbers": _asks(r"^(creation_time|last_update_time|version_number|experiment_id)"),
    "more names to order by": _asks(r"^\['(`Run name`|creation_timestamp)"),
}
WE_READ_OTHERWISE: Final[dict[str, Sign]] = {
    "a doubled quote is one quote": _asks("''"),
    "double quotes are quotes": _asks('"', "logged_models"),
    "a number in a list of texts is its text": _asks(r"\('a', 1\)", "logged_models"),
}


def our_reading(grammar: Grammar, asked: Any) -> list[Any] | None:
    """As the asset writes it; None if we refuse."""
    try:
        if not isinstance(asked, str):
            return [[t.field.domain, t.field.key, not t.descending] for t in parse_order(grammar, asked)]
        return [
            [
                clause.field.domain,
                clause.field.key,
                clause.operator.value,
                list(clause.literal) if isinstance(clause.literal, tuple) else clause.literal,
            ]
            for clause in parse_filter(grammar, asked)
        ]
    except QueryError:
        return None


def differences() -> list[tuple[str, str, str]]:
    """(kind, language, what was asked) wherever we read a case unlike MLflow."""
    result = []
    for language, asked, theirs in CASES:
        ours = our_reading(GRAMMARS[language], asked)
        if ours != theirs:
            kind = "refuse" if ours is None else "accept" if theirs is None else "otherwise"
            result.append((kind, language, str(asked)))
    return result


@pytest.fixture(scope="module")
def found() -> list[tuple[str, str, str]]:
    return differences()


KINDS: Final = {"refuse": WE_REFUSE, "accept": WE_ACCEPT, "otherwise": WE_READ_OTHERWISE}


def test_every_difference_from_mlflow_is_a_known_one(found: list[tuple[str, str, str]]) -> None:
    """Of thousands of queries, those read unlike MLflow are exactly those that we mean to."""
    unknown = [case for case in found if not any(sign(case[1], case[2]) for sign in KINDS[case[0]].values())]

    assert [] == unknown


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, table in KINDS.items() for name in table])
def test_every_known_difference_is_still_one(found: list[tuple[str, str, str]], kind: str, name: str) -> None:
    """The table of differences has no entry that stands for nothing."""
    sign = KINDS[kind][name]

    assert any(case[0] == kind and sign(case[1], case[2]) for case in found)


def test_the_cases_are_many_and_of_both_kinds() -> None:
    """The recorded cases hold enough that MLflow accepts and enough that it refuses."""
    accepted = sum(theirs is not None for _, _, theirs in CASES)

    assert accepted > 700
    assert len(CASES) - accepted > 1000


@pytest.mark.parametrize("name", [name for table in KINDS.values() for name in table])
def test_every_difference_is_told(name: str) -> None:
    """The page about MLflow names each difference as the table here does."""
    page = (Path(__file__).parents[3] / "docs" / "reference" / "mlflow-compatibility.md").read_text()

    assert f"| {name} |" in page
