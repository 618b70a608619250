"""Artifacts: listing and reading files of a run or a version, and the proxy that stores them.

`ProxyListArtifacts` and the multipart messages are of MLflow's second schema (`mlflow.artifacts`).
"""

from collections.abc import Mapping

from msgspec import field

from modelwright.mlflow_api.wire.values import Given, Int64, Request, Response


class FileInfo(Response, frozen=True, kw_only=True):
    """`file_size` in bytes; not set for a directory."""

    path: str
    is_dir: bool
    file_size: int | None = None


class ListArtifacts(Request, frozen=True, kw_only=True):
    run_id: Given
    run_uuid: str | None = None
    path: str | None = None
    page_token: str | None = None


class ListArtifactsResponse(Response, frozen=True, kw_only=True):
    root_uri: str
    files: tuple[FileInfo, ...] = ()
    next_page_token: str | None = None


class GetArtifact(Request, frozen=True, kw_only=True):
    """A query string only, and no message of MLflow's schema."""

    run_id: Given
    run_uuid: str | None = None
    path: Given


class GetModelVersionArtifact(Request, frozen=True, kw_only=True):
    """A query string only, and no message of MLflow's schema."""

    name: Given
    version: Given
    path: Given


class UploadRunArtifact(Request, frozen=True, kw_only=True):
    """The query string of `upload-artifact`, and no message of MLflow's schema."""

    run_uuid: Given
    path: Given


class ProxyListArtifacts(Request, frozen=True, kw_only=True):
    path: str | None = None


class ProxyListArtifactsResponse(Response, frozen=True, kw_only=True):
    files: tuple[FileInfo, ...] = ()


class CreateMultipartUpload(Request, frozen=True, kw_only=True):
    path: str | None = None
    num_parts: Int64


class MultipartUploadCredential(Response, frozen=True, kw_only=True):
    url: str
    part_number: int
    headers: Mapping[str, str] = field(default_factory=dict)


class CreateMultipartUploadResponse(Response, frozen=True, kw_only=True):
    upload_id: str
    credentials: tuple[MultipartUploadCredential, ...] = ()


class MultipartUploadPart(Request, frozen=True, kw_only=True):
    part_number: Int64
    etag: str
    url: str | None = None


class CompleteMultipartUpload(Request, frozen=True, kw_only=True):
    path: str | None = None
    upload_id: Given
    parts: tuple[MultipartUploadPart, ...] = ()


class AbortMultipartUpload(Request, frozen=True, kw_only=True):
    path: str | None = None
    upload_id: Given


class GetPresignedDownloadUrlResponse(Response, frozen=True, kw_only=True):
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    file_size: int | None = None
