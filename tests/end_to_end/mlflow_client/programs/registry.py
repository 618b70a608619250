"""Registered models and their versions through MlflowClient: life cycle, aliases, stages, search."""

import functools
from typing import Any

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, refused, unique


def model(**more: Any) -> str:
    """A fresh registered model; its name."""
    return str(client().create_registered_model(unique("model"), **more).name)


def version(name: str, **more: Any) -> Any:
    """A fresh version whose files are the client's own business."""
    return client().create_model_version(name, source="s3://bucket/model", **more)


def numbers(versions: Any) -> list[int]:
    return [int(one.version) for one in versions]


@check()
def a_model_is_described_and_tagged() -> None:
    """Description and tags are set, changed, removed and read back."""
    name = model(tags={"a": "1", "b": "2"}, description="scores loans")
    client().update_registered_model(name, description="scores all loans")
    client().set_registered_model_tag(name, "c", 3)
    client().delete_registered_model_tag(name, "a")
    client().delete_registered_model_tag(name, "never there")
    back = client().get_registered_model(name)

    assert (name, "scores all loans", {"b": "2", "c": "3"}) == (back.name, back.description, back.tags)
    assert 0 < back.creation_timestamp <= back.last_updated_timestamp
    assert list(back.latest_versions) == []


@check()
def a_model_name_is_taken_once() -> None:
    """The second creation of a name is RESOURCE_ALREADY_EXISTS, and bad names are refused."""
    name = model()
    with refused("RESOURCE_ALREADY_EXISTS", name):
        client().create_registered_model(name)
    for bad in ("", " ", "a/b", "a:b", "..", "."):
        with refused("INVALID_PARAMETER_VALUE"):
            client().create_registered_model(bad)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().get_registered_model(unique("never-made"))


@check()
def versions_are_numbered_from_one() -> None:
    """Versions are 1, 2, 3; READY at once; a number is not used again after deletion."""
    name = model()
    made = [version(name, description=f"number {i}", tags={"i": str(i)}) for i in (1, 2, 3)]
    client().delete_model_version(name, "3")
    fourth = version(name)
    back = client().get_model_version(name, "2")

    assert ["1", "2", "3", "4"] == [str(one.version) for one in (*made, fourth)]
    assert {"READY"} == {one.status for one in made}
    assert ("number 2", {"i": "2"}, "None") == (back.description, back.tags, back.current_stage)
    assert "s3://bucket/model" == back.source == client().get_model_version_download_uri(name, "2")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().get_model_version(name, "3")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        version(unique("never-made"))


@check()
def a_version_is_described_and_tagged() -> None:
    """Description and tags of one version change without touching another."""
    name = model()
    version(name)
    version(name)
    client().update_model_version(name, "1", description="the first")
    client().set_model_version_tag(name, "1", "checked", "yes")
    client().set_model_version_tag(name, "1", "gone", "soon")
    client().delete_model_version_tag(name, "1", "gone")
    first, second = (client().get_model_version(name, number) for number in "12")

    assert ("the first", {"checked": "yes"}) == (first.description, first.tags)
    assert {} == second.tags


@check()
def an_alias_moves_between_versions() -> None:
    """An alias points to one version at a time and shows on model and version; deletion is quiet."""
    name = model()
    version(name)
    version(name)
    client().set_registered_model_alias(name, "champion", "1")
    client().set_registered_model_alias(name, "challenger", "2")
    assert "1" == str(client().get_model_version_by_alias(name, "champion").version)
    client().set_registered_model_alias(name, "champion", "2")
    back = client().get_registered_model(name)

    assert {"champion": "2", "challenger": "2"} == {key: str(value) for key, value in back.aliases.items()}
    assert ["challenger", "champion"] == sorted(client().get_model_version(name, "2").aliases)
    assert [] == list(client().get_model_version(name, "1").aliases)
    client().delete_registered_model_alias(name, "champion")
    client().delete_registered_model_alias(name, "champion")
    with refused("INVALID_PARAMETER_VALUE"):
        client().get_model_version_by_alias(name, "champion")


@check()
def an_alias_keeps_to_its_rules() -> None:
    """`latest`, `v3`, odd characters, over-long names and unknown versions are refused."""
    name = model()
    version(name)
    for alias in ("latest", "LATEST", "v1", "V12", "with space", "a/b", "", "x" * 256):
        with refused("INVALID_PARAMETER_VALUE"):
            client().set_registered_model_alias(name, alias, "1")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().set_registered_model_alias(name, "champion", "9")


@check()
def a_stage_archives_the_others() -> None:
    """Stages are taken in any case; archive_existing_versions moves the former holder to Archived."""
    name = model()
    for _ in range(3):
        version(name)
    client().transition_model_version_stage(name, "1", "production")
    moved = client().transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    client().transition_model_version_stage(name, "3", "STAGING")

    assert "Production" == moved.current_stage
    assert ["Archived", "Production", "Staging"] == [
        client().get_model_version(name, number).current_stage for number in "123"
    ]
    assert {"Archived": 1, "Production": 2, "Staging": 3} == {
        one.current_stage: int(one.version) for one in client().get_latest_versions(name)
    }
    assert [2] == numbers(client().get_latest_versions(name, stages=["Production"]))
    with refused("INVALID_PARAMETER_VALUE"):
        client().transition_model_version_stage(name, "1", "Retired")


@check()
def a_rename_takes_everything_along() -> None:
    """Versions, tags and aliases follow the new name; the old one is free."""
    name, new = model(tags={"a": "1"}), unique("renamed")
    version(name, tags={"b": "2"})
    client().set_registered_model_alias(name, "champion", "1")
    client().rename_registered_model(name, new)
    back = client().get_registered_model(new)

    assert ({"a": "1"}, {"champion"}) == (back.tags, set(back.aliases))
    assert {"b": "2"} == client().get_model_version_by_alias(new, "champion").tags
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().get_registered_model(name)
    with refused("RESOURCE_ALREADY_EXISTS"):
        client().rename_registered_model(model(), new)


@check()
def a_deleted_model_frees_name_and_numbers() -> None:
    """After deletion the name can be made again and its versions start at 1."""
    name = model()
    version(name)
    version(name)
    client().delete_registered_model(name)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().get_registered_model(name)
    client().create_registered_model(name)

    assert "1" == str(version(name).version)


@check()
def deleting_a_version_takes_its_aliases() -> None:
    """An alias never points at a version that is gone."""
    name = model()
    version(name)
    client().set_registered_model_alias(name, "champion", "1")
    client().delete_registered_model_alias(name, "champion")
    client().delete_model_version(name, "1")

    assert {} == client().get_registered_model(name).aliases
    assert [] == list(client().search_model_versions(f"name = '{name}'"))


@check(unlike_mlflow="MLflow deletes a version that an alias points to, and the alias with it")
def a_version_that_an_alias_names_is_kept() -> None:
    """Deleting what an alias points to is refused, naming the alias."""
    name = model()
    version(name)
    client().set_registered_model_alias(name, "champion", "1")
    with refused("RESOURCE_CONFLICT", "champion"):
        client().delete_model_version(name, "1")
    assert "1" == str(client().get_model_version_by_alias(name, "champion").version)


@functools.cache
def shelf() -> tuple[str, list[str]]:
    """Five models with a common first part of the name, the i-th with i versions; that part, the names."""
    part = unique("Shelf")
    names = [f"{part}-{letter}" for letter in "abcde"]
    for i, name in enumerate(names):
        client().create_registered_model(name, tags={"kind": f"k{i % 2}"})
        for _ in range(i):
            version(name, tags={"last": name[-1]})
    return part, names


@check()
def models_are_searched() -> None:
    """By name with = LIKE ILIKE and by tags; ordered by name and by time; in pages."""
    part, names = shelf()

    def found(words: str, **more: Any) -> str:
        text = f"name LIKE '{part}-%'" + (f" AND {words}" if words else "")
        return "".join(hit.name[-1] for hit in client().search_registered_models(text, **more))

    assert found("") == "abcde"
    assert found(f"name = '{names[2]}'") == "c"
    assert found(f"name ILIKE '{part.upper()}-B'") == "b"
    assert found("tags.kind = 'k1'") == "bd"
    assert found("tags.kind != 'k1'") == "ace"
    assert found("", order_by=["name DESC"]) == "edcba"
    assert found("", order_by=["last_updated_timestamp ASC", "name"]) == "abcde"
    assert found("", order_by=["timestamp DESC", "name DESC"]) == "edcba"
    pages, token = [], None
    while True:
        page = client().search_registered_models(f"name LIKE '{part}-%'", max_results=2, page_token=token)
        pages.append("".join(hit.name[-1] for hit in page))
        token = page.token
        if not token:
            break
    assert pages == ["ab", "cd", "e"]
    (last,) = client().search_registered_models(f"name = '{names[4]}'")
    assert [4] == numbers(last.latest_versions)


@check()
def versions_are_searched() -> None:
    """By name, run, source, number and tags; ordered; in pages."""
    _, names = shelf()
    e = names[4]
    both = f"'{names[3]}', '{e}'"

    assert sorted(numbers(client().search_model_versions(f"name = '{e}'"))) == [1, 2, 3, 4]
    assert len(client().search_model_versions(f"name IN ({both})")) == 7
    assert numbers(
        client().search_model_versions(f"name = '{e}' AND version_number > 2", order_by=["version_number ASC"])
    ) == [3, 4]
    assert numbers(client().search_model_versions(f"name = '{e}'", order_by=["version_number DESC"])) == [4, 3, 2, 1]
    assert len(client().search_model_versions(f"name = '{e}' AND source_path = 's3://bucket/model'")) == 4
    assert len(client().search_model_versions(f"name = '{e}' AND tags.last = 'e'")) == 4
    assert len(client().search_model_versions(f"name = '{e}' AND tags.last = 'd'")) == 0
    page = client().search_model_versions(f"name = '{e}'", max_results=3, order_by=["version_number ASC"])
    rest = client().search_model_versions(
        f"name = '{e}'", max_results=3, order_by=["version_number ASC"], page_token=page.token
    )
    assert [1, 2, 3, 4] == numbers(page) + numbers(rest)


@check()
def versions_are_found_by_their_run() -> None:
    """run_id = and run_id IN find the versions that a run made."""
    name = model()
    run = client().create_run(experiment()).info.run_id
    version(name, run_id=run)
    version(name)

    assert [1] == numbers(client().search_model_versions(f"run_id = '{run}'"))
    assert [1] == numbers(client().search_model_versions(f"run_id IN ('{run}')"))
    assert run == client().get_model_version(name, "1").run_id


@check()
def other_words_are_refused_for_models() -> None:
    """Unknown fields, wrong types, OR and limits out of range are INVALID_PARAMETER_VALUE."""
    for text in ("nonsense = 'x'", "name = 3", "name > 'a'", "name = 'a' OR name = 'b'", "metrics.auc > 1"):
        with refused("INVALID_PARAMETER_VALUE"):
            client().search_registered_models(text)
        with refused("INVALID_PARAMETER_VALUE"):
            client().search_model_versions(text)
    with refused("INVALID_PARAMETER_VALUE"):
        client().search_registered_models(max_results=1001)
    with refused("INVALID_PARAMETER_VALUE"):
        client().search_registered_models(order_by=["nonsense"])


@check()
def a_source_outside_the_store_is_refused() -> None:
    """A version cannot point at local files, the server's or another run's, in any spelling."""
    name = model()
    run = client().create_run(experiment()).info.run_id
    other = client().create_run(experiment()).info
    for source in (
        "/etc",
        "file:///etc",
        "file:/etc",
        "file://localhost/etc",
        "./models",
        "mlflow-artifacts:/../../etc",
        "mlflow-artifacts:/%2e%2e/%2e%2e/etc",
        "mlflow-artifacts:/%252e%252e/etc",
        other.artifact_uri + "/model",
        f"runs:/{other.run_id}/model",
    ):
        with refused("INVALID_PARAMETER_VALUE"):
            client().create_model_version(name, source=source, run_id=run)
    assert [] == list(client().search_model_versions(f"name = '{name}'"))
