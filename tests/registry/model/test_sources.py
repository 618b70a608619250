"""Where a version's files come from, as a client may say it."""

import contextlib
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from modelwright.core.errors import BadInput
from modelwright.registry.model.sources import (
    ForeignFiles,
    LoggedModelFiles,
    RunFiles,
    StoredFiles,
    VersionFiles,
    parse_source,
)


@pytest.mark.parametrize(
    ("source", "parsed"),
    [
        ("runs:/abc/model", RunFiles("abc", "model")),
        ("runs:/abc/a/b c", RunFiles("abc", "a/b c")),
        ("runs:/abc", RunFiles("abc", "")),
        ("models:/m-1", LoggedModelFiles("m-1")),
        ("models:/fraud/3", VersionFiles("fraud", number=3)),
        ("models:/fraud/Production", VersionFiles("fraud", stage="Production")),
        ("models:/fraud/LATEST", VersionFiles("fraud", alias="latest")),
        ("models:/fraud@champion", VersionFiles("fraud", alias="champion")),
        ("models:/a@b@c", VersionFiles("a@b", alias="c")),
        ("mlflow-artifacts:/1/abc/artifacts/model", StoredFiles("abc", None, "model")),
        ("mlflow-artifacts:/1/abc/artifacts", StoredFiles("abc", None, "")),
        ("mlflow-artifacts:/1/models/m-1/artifacts/x/y", StoredFiles(None, "m-1", "x/y")),
        ("s3://bucket/model?version=1", ForeignFiles("s3://bucket/model?version=1")),
        ("S3://bucket/model", ForeignFiles("S3://bucket/model")),
        ("gs://b/m", ForeignFiles("gs://b/m")),
        ("abfss://c@a.dfs.core.windows.net/m", ForeignFiles("abfss://c@a.dfs.core.windows.net/m")),
        ("dbfs:/databricks/m", ForeignFiles("dbfs:/databricks/m")),
        ("azureml://m", ForeignFiles("azureml://m")),
    ],
)
def test_source_that_is_taken(source: str, parsed: Any) -> None:
    """Our own addresses are taken apart; those of object stores stay as they are."""
    assert parsed == parse_source(source)


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "etc/passwd",
        "./model",
        "~/model",
        "C:\\models",
        "c:/models",
        "\\\\host\\share",
        "//host/share",
        "file:/etc/passwd",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "http://host/model",
        "https://host/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/m",
        "ftp://host/model",
        "sftp://host/model",
        "s3://bucket/../other",
        "s3://bucket/%2e%2e/other",
        "s3://bucket/%252e%252e/other",
        "s3://bucket/..%2fother",
        "s3://bucket/a?prefix=..",
        "s3://bucket/a\\..\\b",
        "s3://bucket/a\nb",
        "s3://bucket/a%00b",
        "runs:/",
        "runs://host/abc/model",
        "runs:abc/model",
        "runs:/abc/../def/model",
        "models:/",
        "models:/ /1",
        "models:/fraud/",
        "models:/fraud/1/2",
        "models://host/fraud/1",
        "mlflow-artifacts://host/1/abc/artifacts/model",
        "mlflow-artifacts:/1/abc/other/model",
        "mlflow-artifacts:/abc",
        "mlflow-artifacts:/1/abc/artifacts/..%2f..%2f2",
        "s3://" + "x" * 2048,
        "s3://bucket/%" + "25" * 40 + "2e",
        "",
        ":",
    ],
)
def test_source_that_is_refused(source: str) -> None:
    """Paths of a machine in any spelling, servers, ways out of a folder, and addresses of nothing."""
    with pytest.raises(BadInput, match="Invalid model version source"):
        parse_source(source)


@pytest.mark.parametrize("source", ["/srv/model", "model", "C:\\model", "file:///srv/model"])
def test_local_path_is_refused_in_words_that_mlflow_users_know(source: str) -> None:
    """MLflow's own tests look for the first words; the rest says what to do instead."""
    with pytest.raises(BadInput, match="To use a local path as a model version source, log its files to a run"):
        parse_source(source)


@given(st.text(max_size=40) | st.from_regex(r"(runs|models|mlflow-artifacts|s3|file):/?/?[\w./%@-]*", fullmatch=True))
def test_any_text_is_taken_or_refused(source: str) -> None:
    """Nothing else comes out than a source or BadInput, and no source has a way out."""
    with contextlib.suppress(BadInput):
        parsed = parse_source(source)
        assert ".." not in str(getattr(parsed, "path", getattr(parsed, "uri", ""))).split("/")
