"""Artifacts, in MLflow's words: the proxy that its clients store files through, and the page's ways to read them."""

from typing import Final

from modelwright.artifacts import service
from modelwright.artifacts.asgi import Receive, Send
from modelwright.artifacts.model import Entry, Listed
from modelwright.artifacts.transfers import Transfers
from modelwright.core.auth import Permission
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, NotFound
from modelwright.mlflow_api.artifact_places import (
    Place,
    address_in,
    credentials,
    known_place,
    place,
    plain,
    url,
)
from modelwright.mlflow_api.decode import Decoder
from modelwright.mlflow_api.encode import EMPTY, encode
from modelwright.mlflow_api.lenient import missing
from modelwright.mlflow_api.routing import PAGE_ONLY, PROXY, ROOT, Call, Endpoint, endpoint, reply
from modelwright.mlflow_api.wire import artifacts as wire
from modelwright.mlflow_api.wire import logged_models
from modelwright.mlflow_api.wire.values import Empty
from modelwright.registry.model.names import version_number
from modelwright.registry.service import versions

_EMPTY = Empty()
_PROXIED: Final = "/api/2.0/mlflow-artifacts/artifacts/"

_GET_ARTIFACT = Decoder(wire.GetArtifact)
_UPLOAD_ARTIFACT = Decoder(wire.UploadRunArtifact)
_VERSION_FILE = Decoder(wire.GetModelVersionArtifact)
_LOGGED_MODEL_FILE = Decoder(logged_models.GetLoggedModelArtifact)


async def upload(call: Call, receive: Receive, send: Send) -> None:
    at = known_place(_address(call))
    if call.scope["query_string"]:
        # requests cuts "what?.txt" in two; storing "what" would lose the file under a name that nobody gave.
        raise BadInput("a file's name cannot hold a question mark here: it must be sent as %3F")
    await call.house.files.uploads.store(
        call.scope, receive, call.actor, at.owner, at.path, force=call.forced, location=at.location
    )
    await reply(send, 200, EMPTY)


async def upload_from_page(call: Call, receive: Receive, send: Send) -> None:
    asked = _UPLOAD_ARTIFACT.query(call.scope["query_string"])
    owner = f"runs/{asked.run_uuid}"
    files = call.house.files
    await files.uploads.store(call.scope, receive, call.actor, owner, plain(asked.path), force=call.forced)
    await reply(send, 200, EMPTY)


async def download(call: Call, receive: Receive, send: Send) -> None:
    at, files = known_place(_address(call)), call.house.files
    entry = await call.house.db.read(lambda tx: _file(tx, files, at))
    await files.downloads.send(call.scope, receive, send, entry)


async def download_for_page(call: Call, receive: Receive, send: Send) -> None:
    asked = _GET_ARTIFACT.query(call.scope["query_string"])
    await _send_owned(call, receive, send, f"runs/{asked.run_id}", asked.path)


async def download_of_version(call: Call, receive: Receive, send: Send) -> None:
    asked = _VERSION_FILE.query(call.scope["query_string"])
    number = version_number(asked.version)
    version = await call.house.db.read(lambda tx: versions.get_version(tx, asked.name, number))
    if version.owner is None:
        raise BadInput(f"the files of {version.reference} are at {version.location}; the server does not read them")
    path = f"{version.root}/{asked.path}" if version.root else asked.path
    await _send_owned(call, receive, send, version.owner, path)


async def download_of_logged_model(call: Call, receive: Receive, send: Send) -> None:
    path_params: dict[str, str] = call.scope["path_params"]
    asked = _LOGGED_MODEL_FILE.query_and_path(call.scope["query_string"], path_params)
    await _send_owned(call, receive, send, f"logged-models/{asked.model_id}", asked.artifact_file_path)


async def remove(call: Call, _receive: Receive, send: Send) -> None:
    at = known_place(_address(call))
    files = call.house.files

    def remove(tx: WriteTx) -> None:
        at.check(tx, files.owners)
        service.remove(tx, call.actor, at.owner, at.path, force=call.forced)

    await call.house.db.write(remove)
    await reply(send, 200, EMPTY)


async def list_proxied(call: Call, request: wire.ProxyListArtifacts) -> wire.ProxyListArtifactsResponse:
    """Base names, as the client joins them to the path that it asked for; nothing for what is not there."""
    at = place(_folder(request.path).strip("/"))
    if at is None:
        return wire.ProxyListArtifactsResponse()
    listed = await call.house.db.read(lambda tx: _listed(tx, call.house.files, at))
    return wire.ProxyListArtifactsResponse(files=tuple(_info(each, each.name) for each in listed))


async def list_of_run(call: Call, request: wire.ListArtifacts) -> wire.ListArtifactsResponse:
    root, files = await _list_owned(call, f"runs/{request.run_id}", request.path)
    return wire.ListArtifactsResponse(root_uri=root, files=files)


async def list_of_logged_model(
    call: Call, request: logged_models.ListLoggedModelArtifacts
) -> logged_models.ListLoggedModelArtifactsResponse:
    owner = f"logged-models/{request.model_id}"
    root, files = await _list_owned(call, owner, request.artifact_directory_path)
    return logged_models.ListLoggedModelArtifactsResponse(root_uri=root, files=files)


async def begin_parts(call: Call, request: wire.CreateMultipartUpload) -> wire.CreateMultipartUploadResponse:
    """The parts go to our own address for them, each by the same credentials as this request."""
    at = _file_in(_address(call, "mpu/create"), request.path)
    begun = await call.house.files.uploads.begin(at.owner, at.path, request.num_parts, location=at.location)
    headers, prefix = credentials(call.scope), call.house.url_prefix
    return wire.CreateMultipartUploadResponse(
        upload_id=begun.id,
        credentials=tuple(
            wire.MultipartUploadCredential(
                url=url(call.scope, prefix, f"/api/v1/artifacts/uploads/{begun.id}/parts/{number}"),
                part_number=number,
                headers=headers,
            )
            for number in range(1, begun.parts + 1)
        ),
    )


async def complete_parts(call: Call, request: wire.CompleteMultipartUpload) -> Empty:
    """Raises BadInput when the upload was begun for another file: the client would not find it where it asks."""
    at = _file_in(_address(call, "mpu/complete"), request.path)
    begun = await call.house.db.read(lambda tx: service.upload(tx, request.upload_id))
    if (begun.owner, begun.path) != (at.owner, at.path):
        raise BadInput(
            f"upload {begun.id} was begun for {begun.path!r} of {begun.owner}, not for {at.path!r} of {at.owner}",
            parameter="upload_id",
        )
    parts = sorted(request.parts, key=lambda part: part.part_number)
    if [part.part_number for part in parts] != list(range(1, len(parts) + 1)):
        raise BadInput("the parts of an upload are numbered from 1 without a gap", parameter="parts")
    checks = [part.etag.strip('"') for part in parts]
    await call.house.files.uploads.complete(call.actor, request.upload_id, checks)
    return _EMPTY


async def abort_parts(call: Call, request: wire.AbortMultipartUpload) -> Empty:
    await call.house.files.uploads.abort(request.upload_id)
    return _EMPTY


async def direct_download(call: Call, _receive: Receive, send: Send) -> None:
    """Where to fetch a file by ranges: from us, as the client would anyway, and its size to divide it by."""
    address = _address(call, "presigned")
    at = known_place(address)
    entry = await call.house.db.read(lambda tx: _file(tx, call.house.files, at))
    answer = wire.GetPresignedDownloadUrlResponse(
        url=url(call.scope, call.house.url_prefix, _PROXIED + address),
        headers=credentials(call.scope),
        file_size=entry.size,
    )
    await reply(send, 200, encode(answer))


ENDPOINTS: Final = (
    Endpoint("PUT", "artifacts/{rest:path}", upload, needs=Permission.TRACK, prefixes=PROXY),
    Endpoint("GET", "artifacts/{rest:path}", download, needs=Permission.READ, prefixes=PROXY),
    Endpoint("DELETE", "artifacts/{rest:path}", remove, needs=Permission.DELETE, prefixes=PROXY),
    endpoint("GET", "artifacts", wire.ProxyListArtifacts, list_proxied, needs=Permission.READ, prefixes=PROXY),
    endpoint(
        "POST",
        "mpu/create/{rest:path}",
        wire.CreateMultipartUpload,
        begin_parts,
        needs=Permission.TRACK,
        prefixes=PROXY,
    ),
    endpoint(
        "POST",
        "mpu/complete/{rest:path}",
        wire.CompleteMultipartUpload,
        complete_parts,
        needs=Permission.TRACK,
        prefixes=PROXY,
    ),
    endpoint(
        "POST",
        "mpu/abort/{rest:path}",
        wire.AbortMultipartUpload,
        abort_parts,
        needs=Permission.TRACK,
        prefixes=PROXY,
    ),
    Endpoint("GET", "presigned/{rest:path}", direct_download, needs=Permission.READ, prefixes=PROXY),
    endpoint("GET", "artifacts/list", wire.ListArtifacts, list_of_run, needs=Permission.READ),
    endpoint(
        "GET",
        "logged-models/{model_id:str}/artifacts/directories",
        logged_models.ListLoggedModelArtifacts,
        list_of_logged_model,
        needs=Permission.READ,
    ),
    Endpoint(
        "GET",
        "logged-models/{model_id:str}/artifacts/files",
        download_of_logged_model,
        needs=Permission.READ,
        prefixes=PAGE_ONLY,
    ),
    Endpoint("GET", "get-artifact", download_for_page, needs=Permission.READ, prefixes=ROOT),
    Endpoint("GET", "model-versions/get-artifact", download_of_version, needs=Permission.READ, prefixes=ROOT),
    Endpoint("POST", "upload-artifact", upload_from_page, needs=Permission.TRACK, prefixes=PAGE_ONLY),
)


async def _send_owned(call: Call, receive: Receive, send: Send, owner: str, path: str) -> None:
    """Answer with one file of an owner."""
    files = call.house.files

    def read(tx: ReadTx) -> Entry:
        files.owners.location(tx, owner, writing=False)
        return service.file(tx, owner, plain(path))

    entry = await call.house.db.read(read)
    await files.downloads.send(call.scope, receive, send, entry)


def _folder(asked: str | None) -> str:
    """Without the names "." in it, and without a slash at the end, as programs write a folder.

    MLflow's clients ask for "." and then "./dir" when they download all of a run.
    """
    folder = "/".join(name for name in (asked or "").split("/") if name != ".")
    return folder.rstrip("/") or folder


def _address(call: Call, resource: str = "artifacts") -> str:
    return address_in(call.scope, resource)


def _file_in(folder: str, given_path: str | None) -> Place:
    """The file that a multipart upload is to become; the client sends its own path of it, of which the end counts."""
    name = (given_path or missing("path")).replace("\\", "/").rpartition("/")[2]
    return known_place(f"{folder.rstrip('/')}/{name}")


def _file(tx: ReadTx, files: Transfers, at: Place) -> Entry:
    at.check(tx, files.owners)
    return service.file(tx, at.owner, at.path)


def _listed(tx: ReadTx, files: Transfers, at: Place) -> list[Listed]:
    try:
        at.check(tx, files.owners)
    except NotFound:
        return []
    return service.listed(tx, at.owner, at.path)


async def _list_owned(call: Call, owner: str, folder: str | None) -> tuple[str, tuple[wire.FileInfo, ...]]:
    """The owner's location, and what a folder of it shows by paths from the owner's root."""
    files = call.house.files

    def read(tx: ReadTx) -> tuple[str, list[Listed]]:
        return files.owners.location(tx, owner, writing=False), service.listed(tx, owner, plain(_folder(folder)))

    root, listed = await call.house.db.read(read)
    return root, tuple(_info(each, each.path) for each in listed)


def _info(each: Listed, path: str) -> wire.FileInfo:
    return wire.FileInfo(path=path, is_dir=each.is_dir, file_size=each.size)
