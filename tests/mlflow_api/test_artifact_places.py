"""Whose files stand at an address that MLflow's clients use."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.errors import BadInput, NotFound
from modelwright.mlflow_api.artifact_places import Place, address_in, credentials, known_place, place, plain, url

RUN = "4f" * 16
MODEL = "m-" + "0a" * 16
RUN_ROOT = f"1/{RUN}/artifacts"
MODEL_ROOT = f"1/models/{MODEL}/artifacts"
INNER = f"1/{'5e' * 16}/artifacts/x"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{RUN_ROOT}/a/b", Place(f"runs/{RUN}", "a/b", RUN_ROOT)),
        (RUN_ROOT, Place(f"runs/{RUN}", "", RUN_ROOT)),
        (f"{RUN_ROOT}/", Place(f"runs/{RUN}", "", RUN_ROOT)),
        (f"{MODEL_ROOT}/MLmodel", Place(f"logged-models/{MODEL}", "MLmodel", MODEL_ROOT)),
        (f"{RUN_ROOT}/{INNER}", Place(f"runs/{RUN}", INNER, RUN_ROOT)),
        (f"{RUN_ROOT}/{MODEL_ROOT}/x", Place(f"runs/{RUN}", f"{MODEL_ROOT}/x", RUN_ROOT)),
        (f"{MODEL_ROOT}/{INNER}", Place(f"logged-models/{MODEL}", INNER, MODEL_ROOT)),
        (f"{RUN_ROOT}//etc", Place(f"runs/{RUN}", "/etc", RUN_ROOT)),
        (f"{RUN_ROOT}/a//b", Place(f"runs/{RUN}", "a/b", RUN_ROOT)),
        (f"{RUN_ROOT}/a\nb", Place(f"runs/{RUN}", "a\nb", RUN_ROOT)),
    ],
)
def test_runs_and_logged_models_own_what_is_below_them(address: str, expected: Place) -> None:
    """The path is passed on as it is; whether it can be a name is for the room of artifacts to say."""
    assert expected == place(address)
    assert f"mlflow-artifacts:/{expected.root}" == expected.location


@pytest.mark.parametrize(
    "address",
    [
        "",
        "1",
        f"1/{RUN}",
        f"{RUN}/artifacts/a",
        f"1/{RUN}/other/a",
        "1/traces/tr-1/artifacts/t",
        f"1/{MODEL}/artifacts/a",
    ],
)
def test_nobody_owns_other_addresses(address: str) -> None:
    """There is no place for a file without an owner."""
    assert place(address) is None
    with pytest.raises(NotFound, match="logged model"):
        known_place(address)


@given(st.text())
def test_the_outermost_owner_owns_any_path(address: str) -> None:
    """Whatever the path holds, the run that it begins with owns it."""
    assert Place(f"runs/{RUN}", plain(address), RUN_ROOT) == place(f"{RUN_ROOT}/{address}")


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("a//b", "a/b"),
        ("a///b//c", "a/b/c"),
        ("./a", "a"),
        ("././a/./b", "a/b"),
        (".//etc", "etc"),
        ("/etc//x", "/etc/x"),
        ("a/", "a/"),
        ("a//", "a/"),
        ("a/.", "a/."),
        (".", "."),
        ("", ""),
        ("a//../b", "a/../b"),
        (".a/..b", ".a/..b"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("a/s3://bucket//key", "a/s3://bucket//key"),
    ],
)
def test_a_path_has_one_spelling(spelled: str, expected: str) -> None:
    """Slashes in a row and "." go; a slash in front, one at the end, ".." and addresses stay, to be refused."""
    assert expected == plain(spelled)


@given(st.lists(st.sampled_from(["a", "b", "..", ".", ""]), min_size=1).map("/".join))
def test_a_plain_path_stays_as_it_is(path: str) -> None:
    """And leads where the path led: the names that count are the same, in the same order."""
    assert plain(path) == plain(plain(path))
    counting = [name for name in path.split("/") if name not in {"", "."}]
    assert counting == [name for name in plain(path).split("/") if name not in {"", "."}]


def scope(**more: Any) -> dict[str, Any]:
    return {"scheme": "http", "headers": [(b"host", b"box:5710")], **more}


def test_an_address_is_decoded_once() -> None:
    """A percent sign in a file's name stays one; what is no text is refused."""
    raw = b"/api/2.0/mlflow-artifacts/artifacts/1/x/a%2541%2Fb%C3%A9"

    assert "1/x/a%41/bé" == address_in(scope(raw_path=raw), "artifacts")
    with pytest.raises(BadInput):
        address_in(scope(raw_path=b"/api/2.0/mlflow-artifacts/artifacts/%ff"), "artifacts")


def test_urls_lead_back_to_where_the_client_came_from() -> None:
    """Also through a proxy that ends TLS, and below a prefix."""
    proxied = [(b"host", b"inner"), (b"x-forwarded-proto", b"https"), (b"x-forwarded-host", b"models.example")]

    assert "http://box:5710/p/a%20b" == url(scope(), "/p", "/a b")
    assert "https://models.example/a" == url(scope(headers=proxied), "", "/a")


def test_only_credentials_travel_with_urls() -> None:
    """The client uses them at the URLs as it does here."""
    headers = [(b"authorization", b"Bearer x"), (b"cookie", b"c=1"), (b"x-other", b"no")]

    assert {"Authorization": "Bearer x", "Cookie": "c=1"} == credentials(scope(headers=headers))
