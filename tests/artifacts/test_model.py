"""Names, listings and digests of manifests."""

import hashlib
import posixpath
import urllib.parse
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelwright.artifacts.model import (
    Entry,
    Hold,
    Listed,
    ancestors,
    below,
    checked_folder,
    checked_owner,
    checked_path,
    hex_of,
    listing,
    manifest_digest,
)
from modelwright.core import limits
from modelwright.core.errors import BadInput

TRICKS = st.text(alphabet=st.sampled_from("./\\%25eEcCfF0aé:#\0\n~ "), max_size=24)
PATHS = st.lists(st.text(alphabet="ab.é-", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


def entry(path: str, data: bytes = b"x") -> Entry:
    return Entry(path=path, digest=f"sha256:{hashlib.sha256(data).hexdigest()}", size=len(data), created_ms=1)


@pytest.mark.parametrize(
    "path",
    [
        "model.pkl",
        "a/b/c.txt",
        "100%.txt",
        "100%25.txt",
        "Grüße/日本語 🎉.png",
        "e\u0301",
        "é",
        "...",
        "a..b",
        ".hidden",
        "with space",
        "a+b=c&d;e,f",
        "metrics:1",
        "~",
        "file:x",
        "x" * limits.ARTIFACT_SEGMENT,
    ],
)
def test_honest_names_are_kept_as_they_are(path: str) -> None:
    """A name that leads nowhere else is taken exactly as it was spelled."""
    assert path == checked_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "//host/share",
        "a//b",
        "a/",
        ".",
        "..",
        "../x",
        "a/../b",
        "a/./b",
        "a/..",
        "%2e%2e/x",
        "a/%2E%2e/b",
        "%252e%252e/x",
        "%25252e%25252e%25252fx",
        "a%2f..%2fb",
        "%2fetc/passwd",
        "a%5cb",
        "a\\b",
        "..\\x",
        "C:/x",
        "C:x",
        "c%3a/x",
        "a/C:/x",
        "file:///etc/passwd",
        "a#b",
        "a%23b",
        "a\0b",
        "a%00b",
        "a\nb",
        "a%0db",
        "a\x7fb",
        "a\x85b",
        "a\ud800b",
        "x" * (limits.ARTIFACT_SEGMENT + 1),
        "é" * (limits.ARTIFACT_SEGMENT // 2 + 1),
        "/".join(["abc"] * (limits.ARTIFACT_PATH // 4 + 1)),
        "%" + "25" * 40,
    ],
)
def test_names_that_lead_elsewhere_are_refused(path: str) -> None:
    """Whatever a path becomes when decoded again and again, it stays below its owner."""
    with pytest.raises(BadInput):
        checked_path(path)


@given(st.one_of(TRICKS, st.text(max_size=24)))
@example("%2e%2e%2f")
@example("0:")
@example("a/%25%32%65%25%32%65/b")
def test_no_spelling_escapes(path: str) -> None:
    """What is accepted, in every form it decodes to, is relative and below the folder it is joined to."""
    try:
        form = checked_path(path)
    except BadInput:
        return
    while True:
        inside = posixpath.normpath(posixpath.join("/store/owner", form))

        assert inside == "/store/owner/" + form
        assert not PurePosixPath(form).is_absolute()
        assert not PureWindowsPath(form).drive
        assert ".." not in PureWindowsPath(form).parts
        if urllib.parse.unquote(form) == form:
            return
        form = urllib.parse.unquote(form)


@pytest.mark.parametrize("owner", ["runs/4f", "models/m-0a", "traces/tr-1", "logged-models/m_1"])
def test_owners_are_a_kind_and_an_id(owner: str) -> None:
    """The kinds of owners are not this room's business, their form is."""
    assert owner == checked_owner(owner)


@pytest.mark.parametrize("owner", ["", "runs", "runs/", "/x", "runs/a/b", "runs/../x", "Runs/x", "runs/x\n", "runs/é"])
def test_other_owners_are_refused(owner: str) -> None:
    """An owner can be part of an address as it is."""
    with pytest.raises(BadInput):
        checked_owner(owner)


def test_folder_may_be_the_root() -> None:
    """The empty folder is the owner itself; everything else is a path."""
    assert "" == checked_folder("")
    assert "a/b" == checked_folder("a/b")
    with pytest.raises(BadInput):
        checked_folder("../a")


@pytest.mark.parametrize("digest", ["", "sha256:", "ab" * 32, "sha256:" + "g" * 64, "sha256:" + "a" * 64 + "\n"])
def test_only_digests_have_digits(digest: str) -> None:
    """Nothing else is ever joined to a folder."""
    with pytest.raises(BadInput):
        hex_of(digest)


@given(PATHS, PATHS)
def test_bounds_hold_exactly_what_lies_below(folder: str, path: str) -> None:
    """The range of a folder is the paths that begin with its name and a slash."""
    low, high = below(folder)

    assert path.startswith(folder + "/") == (low <= path < high)
    assert (folder in ancestors(path)) == (low <= path < high)


def test_listing_shows_each_folder_once() -> None:
    """One level at a time, sorted by name, sizes and digests for files."""
    entries = [entry("z"), entry("a/b/c"), entry("a/b/d"), entry("a/e", b"")]

    assert [
        Listed(path="a", is_dir=True),
        Listed(path="z", is_dir=False, size=1, digest=entries[0].digest),
    ] == listing(entries, "")
    assert ["b", "e"] == [item.name for item in listing(entries[1:], "a")]
    assert "a/b" == listing(entries[1:], "a")[0].path
    assert 0 == listing(entries[1:], "a")[1].size


def test_manifest_digest_is_the_documented_text() -> None:
    """Anybody can compute it: SHA-256 of sorted JSON without blanks."""
    empty = hashlib.sha256(b"").hexdigest()
    text = f'{{"B":{{"digest":"sha256:{empty}","size":0}},"a/é":{{"digest":"sha256:{empty}","size":0}}}}'
    entries = [entry("a/é", b""), entry("B", b"")]

    assert f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" == manifest_digest(entries)
    assert manifest_digest(entries) == manifest_digest(reversed(entries))


def test_manifest_digest_is_of_the_body_not_of_its_place() -> None:
    """The same files under another folder are the same body; other names or bytes are not."""
    body = manifest_digest([entry("MLmodel"), entry("data/w")])

    assert body == manifest_digest([entry("m/MLmodel"), entry("m/data/w")], root="m")
    assert body != manifest_digest([entry("MLmodel"), entry("data/v")])
    assert body != manifest_digest([entry("MLmodel"), entry("data/w", b"y")])
    assert manifest_digest([entry("w")]) == manifest_digest([entry("m/w")], root="m/w")


@pytest.mark.parametrize(
    ("prefix", "path", "covered"),
    [("", "a", True), ("a", "a", True), ("a", "a/b", True), ("a", "ab", False), ("a/b", "a", False)],
)
def test_a_hold_covers_what_lies_below_it(prefix: str, path: str, *, covered: bool) -> None:
    """A hold on a folder covers the folder's files and no other's."""
    assert covered == Hold(holder="models/m/versions/1", prefix=prefix).covers(path)


@pytest.mark.parametrize(
    ("prefix", "folder", "met"),
    [("a/b", "", True), ("a/b", "a", True), ("a/b", "a/b", True), ("a/b", "a/b/c", True), ("a/b", "a/c", False)],
)
def test_a_hold_meets_a_change_from_above(prefix: str, folder: str, *, met: bool) -> None:
    """Deleting a folder touches what is held inside it."""
    assert met == Hold(holder="models/m/versions/1", prefix=prefix).meets(folder)
