"""What one can ask of models and versions, the way MLflow 3 asks it."""

from collections.abc import Mapping, Sequence

from modelwright.core.search import Clause, Domain, Grammar, Operator, Operators, Subject, Values

PROMPT_TAG = "mlflow.prompt.is_prompt"
"""MLflow keeps prompts among the registered models, and tells them apart by this tag being `true`."""

_TAGS = Domain(name="tag", spellings=("tags", "tag"), free=Subject(sortable=False))
_LISTED = (*Operators.TEXT, *Operators.LIST)
_ATTRIBUTES = ("attribute", "attributes")


def _only_sorted(name: str) -> Subject:
    return Subject(name=name, values=Values.INTEGER, operators=())


_UPDATED = _only_sorted("last_updated_timestamp")
_CREATED = _only_sorted("creation_timestamp")
_NAME = Subject(name="name", operators=_LISTED)

MODELS = Grammar(
    title="models",
    bare="attribute",
    domains=(
        Domain(
            name="attribute",
            spellings=_ATTRIBUTES,
            names={
                "name": _NAME,
                "timestamp": _UPDATED,
                "last_updated_timestamp": _UPDATED,
                "creation_timestamp": _CREATED,
            },
        ),
        _TAGS,
    ),
)

VERSIONS = Grammar(
    title="versions",
    bare="attribute",
    domains=(
        Domain(
            name="attribute",
            spellings=_ATTRIBUTES,
            names={
                "name": _NAME,
                "run_id": Subject(name="run_id", operators=_LISTED, sortable=False),
                "source_path": Subject(name="source_path", sortable=False),
                "version_number": Subject(
                    name="version_number", values=Values.INTEGER, operators=Operators.ORDERED, quoted=True
                ),
                "last_updated_timestamp": _UPDATED,
                "creation_timestamp": _CREATED,
            },
        ),
        _TAGS,
    ),
)


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Of a model's tags or a version's; versions of prompts have no files."""
    return tags.get(PROMPT_TAG, "").lower() == "true"


def asks_for_prompts(clauses: Sequence[Clause]) -> bool:
    """Whether prompts are searched rather than models: the first clause about the prompt tag decides."""
    for clause in clauses:
        if clause.field.domain == "tag" and clause.field.key == PROMPT_TAG:
            wanted = "true" if clause.operator is Operator.EQUAL else "false"
            told = isinstance(clause.literal, str) and clause.literal.lower() == wanted
            return told and clause.operator in {Operator.EQUAL, Operator.UNEQUAL}
    return False


def without_prompt_tag(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """The clauses but for those about the prompt tag, which models do not carry."""
    return tuple(one for one in clauses if (one.field.domain, one.field.key) != ("tag", PROMPT_TAG))
