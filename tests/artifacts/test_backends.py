"""Which blobs a URL names."""

from pathlib import Path

import pytest

from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.local import LocalBlobs
from modelwright.artifacts.objects import ObjectBlobs
from modelwright.core.errors import BadInput
from modelwright.testing.blobs import put


def test_a_folder_is_local(tmp_path: Path) -> None:
    """Also one with blanks and percent signs in its name."""
    folder = tmp_path / "my models 100%"
    blobs = open_blobs(folder.as_uri(), tmp_path / "incoming")
    put(blobs, b"x")

    assert isinstance(blobs, LocalBlobs)
    assert (folder / "sha256").is_dir()
    assert not (tmp_path / "incoming").exists()


@pytest.mark.parametrize(
    "url", ["memory:///", "s3://bucket/some/prefix", "s3://bucket", "gs://bucket/prefix", "az://container/prefix"]
)
def test_object_stores_are_known_by_their_scheme(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are opened without being asked anything; uploads are collected in the folder given."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    blobs = open_blobs(url, tmp_path / "incoming")

    assert isinstance(blobs, ObjectBlobs)
    assert (tmp_path / "incoming").is_dir()


@pytest.mark.parametrize(
    "url", ["", "/srv/models", "http://example.org/x", "ftp://x/y", "file://host/share", "s3://", "redis://user:pw@x"]
)
def test_other_places_are_refused(url: str, tmp_path: Path) -> None:
    """The message says what would work, and shows no password."""
    with pytest.raises(BadInput) as raised:
        open_blobs(url, tmp_path / "incoming")
    assert "pw" not in raised.value.message
