"""Headers and ranges of a file."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.artifacts.answers import Unsatisfiable, disposition, etag, is_unchanged, media_type, part_of

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("model/MLmodel", "text/plain; charset=utf-8"),
        ("mlproject", "text/plain; charset=utf-8"),
        ("README.TXT", "text/plain; charset=utf-8"),
        ("conda.yaml", "text/plain; charset=utf-8"),
        ("script.js", "text/plain; charset=utf-8"),
        ("plot.png", "image/png"),
        ("page.html", "text/html"),
        ("model.pkl", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
        ("folder.txt/x", "application/octet-stream"),
    ],
)
def test_type_is_guessed_from_the_name(name: str, expected: str) -> None:
    """Text that people read is plain text; the unknown is bytes."""
    assert expected == media_type(name)


@pytest.mark.parametrize("name", ["a.txt", "a/b c.txt", 'quo"te', "Größe.txt", "日本語", "semi;colon", "x\u202ey"])
def test_the_saved_file_has_its_name(name: str) -> None:
    """Whatever the name holds, the header is ASCII, and gives it back."""
    header = disposition("folder/" + name)
    given_name = header.partition("filename=")[2].strip('"') or unquote(header.partition("UTF-8''")[2])

    assert name.rpartition("/")[2] == given_name
    assert header.startswith("attachment; ")
    assert header.isascii()


@given(st.text())
def test_no_name_breaks_out_of_the_header(name: str) -> None:
    """One parameter, one line."""
    header = disposition(name.encode(errors="replace").decode())

    assert header.count('"') in {0, 2}
    assert not {"\r", "\n", ";"} & set(header.removeprefix("attachment;"))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-5", (2, 6)),
        ("bytes=2-", (2, 10)),
        ("bytes=2-99", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("lines=1-2", None),
        ("bytes=a-b", None),
        ("bytes=\u0661-", None),
    ],
)
def test_range_is_cut_as_http_says(asked: str | None, expected: tuple[int, int] | None) -> None:
    """What cannot be understood means the whole file."""
    assert expected == part_of(asked, None, 10, DIGEST)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_range_behind_the_end_cannot_be_had(asked: str) -> None:
    """A client that continues a finished download hears so."""
    with pytest.raises(Unsatisfiable):
        part_of(asked, None, 10, DIGEST)


def test_range_of_another_state_means_the_whole() -> None:
    """A download is never continued with other bytes than it began with."""
    assert (2, 10) == part_of("bytes=2-", etag(DIGEST), 10, DIGEST)
    assert part_of("bytes=2-", '"sha256:other"', 10, DIGEST) is None
    assert part_of("bytes=2-", "Sat, 21 Nov 2026 00:00:00 GMT", 10, DIGEST) is None


def test_a_copy_is_recognised() -> None:
    """By its digest, alone or in a list."""
    assert is_unchanged(f'W/"x", {etag(DIGEST)}', DIGEST)
    assert is_unchanged("*", DIGEST)
    assert not is_unchanged('"x"', DIGEST)
    assert not is_unchanged(None, DIGEST)
