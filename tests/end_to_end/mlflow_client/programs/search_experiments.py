"""Search over experiments: its own, narrower language."""

import functools

from mlflow.entities import ViewType

from tests.end_to_end.mlflow_client.programs.checks import check, client, refused, unique


@functools.cache
def family() -> tuple[str, list[str]]:
    """Five experiments with a common first part of their name; that part and the ids."""
    name = unique("Family")
    return name, [
        client().create_experiment(f"{name}-{letter}", tags={"kind": f"{name}-{i % 2}"})
        for i, letter in enumerate("abcde")
    ]


def found(filter_string: str, order_by: list[str] | None = None, view_type: int = ViewType.ACTIVE_ONLY) -> str:
    """The last letters of the experiments of the family that match, joined."""
    name, _ = family()
    words = f"name LIKE '{name}-%'" + (f" AND {filter_string}" if filter_string else "")
    hits = client().search_experiments(view_type=view_type, filter_string=words, order_by=order_by)
    return "".join(hit.name[-1] for hit in hits)


@check()
def experiments_are_filtered_by_name_tag_and_id() -> None:
    """Names with = != LIKE ILIKE, tags likewise and IS NULL, ids with IN."""
    name, ids = family()

    assert found("") == "edcba"
    assert found(f"name = '{name}-b'") == "b"
    assert found(f"name != '{name}-b'") == "edca"
    assert found(f"name ILIKE '{name.upper()}-B'") == "b"
    assert found(f"name LIKE '{name.upper()}-B'") == ""
    assert found(f"tags.kind = '{name}-1'") == "db"
    assert found(f"attribute.name = '{name}-c'") == "c"
    assert found("tags.kind IS NOT NULL") == "edcba"
    assert found("tags.nobody IS NULL") == "edcba"
    assert found(f"experiment_id IN ('{ids[0]}', '{ids[4]}')") == "ea"
    assert found(f"experiment_id = '{ids[2]}'") == "c"
    assert found("creation_time > 0") == "edcba"


@check()
def experiments_are_ordered() -> None:
    """By name, id and times, either way; the newest first without a wish."""
    assert found("", ["name ASC"]) == "abcde"
    assert found("", ["name DESC"]) == "edcba"
    assert found("", ["experiment_id ASC"]) == "abcde"
    assert found("", ["creation_time ASC", "experiment_id ASC"]) == "abcde"
    assert found("", ["last_update_time DESC", "experiment_id DESC"]) == "edcba"


@check()
def deleted_experiments_are_found_by_view_type() -> None:
    """ACTIVE_ONLY, DELETED_ONLY and ALL part the experiments."""
    _, ids = family()
    client().delete_experiment(ids[1])
    try:
        assert found("") == "edca"
        assert found("", view_type=ViewType.DELETED_ONLY) == "b"
        assert found("", view_type=ViewType.ALL) == "edcba"
    finally:
        client().restore_experiment(ids[1])


@check()
def pages_of_experiments_hold_each_once() -> None:
    """Walking pages of two gives five experiments in three pages."""
    name, _ = family()
    pages, token = [], None
    while True:
        page = client().search_experiments(
            max_results=2, filter_string=f"name LIKE '{name}-%'", order_by=["name"], page_token=token
        )
        pages.append("".join(hit.name[-1] for hit in page))
        token = page.token
        if not token:
            break

    assert pages == ["ab", "cd", "e"]


@check()
def other_words_are_refused_for_experiments() -> None:
    """Metrics, unknown attributes, OR and limits out of range are INVALID_PARAMETER_VALUE."""
    for text in ("metrics.auc > 1", "nonsense = 'x'", "name = 'a' OR name = 'b'", "name > 'a'", "name = 3"):
        with refused("INVALID_PARAMETER_VALUE"):
            client().search_experiments(filter_string=text)
    with refused("INVALID_PARAMETER_VALUE"):
        client().search_experiments(order_by=["nonsense"])
    with refused("INVALID_PARAMETER_VALUE"):
        client().search_experiments(order_by=["tags.kind"])
    for limit in (0, 50_001):
        with refused("INVALID_PARAMETER_VALUE"):
            client().search_experiments(max_results=limit)
