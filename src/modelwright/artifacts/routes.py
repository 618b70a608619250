"""Artifacts over HTTP: our own dialect. Paths stand in the query string, where nothing normalises them."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ASGIApp

from modelwright.artifacts import service
from modelwright.artifacts.asgi import Receive, Scope, Send
from modelwright.artifacts.blobs import Part
from modelwright.artifacts.model import Entry, Hold, Listed, Manifest, Upload
from modelwright.artifacts.transfers import Files
from modelwright.core.auth import Actor, Permission
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import Denied
from modelwright.core.http.given import By, Db

AnyRequest = Request[Any, Any, Any]
Kind = FromPath[str]
Id = FromPath[str]
Path = Annotated[str, QueryParameter(description="A file or folder of the owner, as it is stored; empty: all of it.")]
Force = Annotated[bool, QueryParameter(description="Also change what something holds. Needs the permission `delete`.")]


class Tree(msgspec.Struct, frozen=True):
    """One folder of an owner."""

    owner: str
    path: str
    entries: list[Listed]


class Removed(msgspec.Struct, frozen=True):
    """How many files are gone."""

    files: int


class Announced(msgspec.Struct, frozen=True):
    """A file that is to come in parts of any size."""

    owner: str
    path: str
    parts: int


class UploadState(msgspec.Struct, frozen=True):
    """An upload and the parts of it that have arrived."""

    upload: Upload
    parts: list[Part]


class Completion(msgspec.Struct, frozen=True):
    """`checks` are the parts' checks in order, as the server answered them; without them what arrived is taken."""

    checks: list[str] | None = None


@get("/api/v1/artifacts/{kind:str}/{id_:str}/tree", needs=Permission.READ)
async def show_tree(db: Db, files: Files, kind: Kind, id_: Id, path: Path = "") -> Tree:
    """What one folder of an owner shows."""
    owner = f"{kind}/{id_}"

    def read(tx: ReadTx) -> Tree:
        files.owners.location(tx, owner, writing=False)
        return Tree(owner, path, service.listed(tx, owner, path))

    return await db.read(read)


@get("/api/v1/artifacts/{kind:str}/{id_:str}/manifest", needs=Permission.READ)
async def show_manifest(db: Db, files: Files, kind: Kind, id_: Id, path: Path = "") -> Manifest:
    """Every file at and below a path with its digest, and the digest of them all."""
    return await db.read(lambda tx: _manifest(tx, files, f"{kind}/{id_}", path))


@get("/api/v1/artifacts/{kind:str}/{id_:str}/holds", needs=Permission.READ)
async def show_holds(db: Db, files: Files, kind: Kind, id_: Id) -> list[Hold]:
    """What relies on the owner's files to stay as they are."""
    owner = f"{kind}/{id_}"

    def read(tx: ReadTx) -> list[Hold]:
        files.owners.location(tx, owner, writing=False)
        return service.holds(tx, owner)

    return await db.read(read)


@get("/api/v1/artifacts/{kind:str}/{id_:str}/file", needs=Permission.READ, media_type="application/octet-stream")
async def read_file(db: Db, files: Files, kind: Kind, id_: Id, path: Path) -> ASGIApp:
    """The bytes of one file. Range, If-Range and If-None-Match work; the ETag is the digest."""
    owner = f"{kind}/{id_}"

    def read(tx: ReadTx) -> Entry:
        files.owners.location(tx, owner, writing=False)
        return service.file(tx, owner, path)

    entry = await db.read(read)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await files.downloads.send(scope, receive, send, entry)

    return answer


@get("/api/v1/artifacts/{kind:str}/{id_:str}/zip", needs=Permission.READ, media_type="application/zip")
async def read_zip(db: Db, files: Files, kind: Kind, id_: Id, path: Path = "") -> ASGIApp:
    """Every file at and below a path in one ZIP archive, made while it is sent."""
    manifest = await db.read(lambda tx: _manifest(tx, files, f"{kind}/{id_}", path))
    name = f"{path.rpartition('/')[2] or id_}.zip"

    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        await files.downloads.send_zip(receive, send, name, manifest.files)

    return answer


@put("/api/v1/artifacts/{kind:str}/{id_:str}/file", needs=Permission.TRACK)
async def store_file(
    request: AnyRequest, actor: By, files: Files, kind: Kind, id_: Id, path: Path, *, force: Force = False
) -> Entry:
    """Store the body under a path, replacing what is there. The body is raw bytes of any length and type."""
    _may_force(actor, force=force)
    return await files.uploads.store(request.scope, request.receive, actor, f"{kind}/{id_}", path, force=force)


@delete("/api/v1/artifacts/{kind:str}/{id_:str}/file", needs=Permission.DELETE, status_code=200)
async def remove_files(
    db: Db, actor: By, files: Files, kind: Kind, id_: Id, path: Path, *, force: Force = False
) -> Removed:
    """Remove a file, or a folder with all that is in it."""
    owner = f"{kind}/{id_}"

    def remove(tx: WriteTx) -> Removed:
        files.owners.location(tx, owner, writing=True)
        return Removed(service.remove(tx, actor, owner, path, force=force))

    return await db.write(remove)


@post("/api/v1/artifacts/uploads", needs=Permission.TRACK)
async def begin_upload(files: Files, data: JSONBody[Announced]) -> Upload:
    """Announce a large file that comes in parts: several at a time, in any order, each as often as needed."""
    return await files.uploads.begin(data.owner, data.path, data.parts)


@get("/api/v1/artifacts/uploads/{id_:str}", needs=Permission.READ)
async def show_upload(files: Files, id_: Id) -> UploadState:
    """What has arrived: send the rest to go on after an interruption."""
    return UploadState(*await files.uploads.parts(id_))


@put("/api/v1/artifacts/uploads/{id_:str}/parts/{number:int}", needs=Permission.TRACK, status_code=200)
async def store_part(request: AnyRequest, files: Files, id_: Id, number: FromPath[int]) -> Response[Part]:
    """Send one part. The answer's ETag is the part's check."""
    part = await files.uploads.store_part(request.scope, request.receive, id_, number)
    return Response(part, headers={"etag": f'"{part.check}"'})


@post("/api/v1/artifacts/uploads/{id_:str}/complete", needs=Permission.TRACK, status_code=200)
async def complete_upload(actor: By, files: Files, id_: Id, data: JSONBody[Completion]) -> Entry:
    """Make one file of the parts. Asking again gives the same answer."""
    return await files.uploads.complete(actor, id_, data.checks)


@delete("/api/v1/artifacts/uploads/{id_:str}", needs=Permission.TRACK)
async def abort_upload(files: Files, id_: Id) -> None:
    """Forget an upload and its parts."""
    await files.uploads.abort(id_)


ROUTES = (
    show_tree,
    show_manifest,
    show_holds,
    read_file,
    read_zip,
    store_file,
    remove_files,
    begin_upload,
    show_upload,
    store_part,
    complete_upload,
    abort_upload,
)


def _manifest(tx: ReadTx, files: Files, owner: str, path: str) -> Manifest:
    files.owners.location(tx, owner, writing=False)
    return service.manifest(tx, owner, path)


def _may_force(actor: Actor, *, force: bool) -> None:
    if force and Permission.DELETE not in actor.permissions:
        raise Denied(f"{actor.name} lacks the permission 'delete', which forcing needs", permission="delete")
