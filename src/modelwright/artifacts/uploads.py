"""Files on their way in: streamed into a spool, placed among the blobs, then named; whole, or in parts."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from modelwright.artifacts import service
from modelwright.artifacts.asgi import Receive, Scope, Threads, body_piece
from modelwright.artifacts.blobs import CHUNK, Blobs, Part, PartSpool, Placed, Spool
from modelwright.artifacts.model import Entry, Upload, checked_owner, checked_path
from modelwright.core.auth import Actor
from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, Conflict, NotFound

S = TypeVar("S", Spool, PartSpool)
Check = Callable[[ReadTx], None]


class Uploads:
    """The way in. `owners` says who exists and takes files."""

    def __init__(self, db: Database, blobs: Blobs, owners: service.Owners, threads: Threads) -> None:
        self._db: Final = db
        self._blobs: Final = blobs
        self._owners: Final = owners
        self._threads: Final = threads
        self._assembling: Final[dict[str, asyncio.Task[Entry]]] = {}

    async def store(
        self,
        scope: Scope,
        receive: Receive,
        actor: Actor,
        owner: str,
        path: str,
        *,
        location: str | None = None,
        force: bool = False,
    ) -> Entry:
        """Take the request's body as a file of the owner; when this returns, only its removal undoes it.

        `location` is where the client takes the owner's files to be; NotFound when they are elsewhere.

        Nothing is visible before, nor when it raises: BadInput (the name, or a body cut off), NotFound (the owner),
        Conflict (see `service.enter`), StorageFull. Bytes that were placed before a refusal go with the next sweep.
        """
        checked_owner(owner)
        checked_path(path)
        check = self._check(owner, location)
        spool, placed = await self._placed(scope, receive, check)
        return await self._named(
            spool, placed, check, lambda tx: service.enter(tx, actor, owner, path, placed, force=force)
        )

    async def begin(self, owner: str, path: str, parts: int, *, location: str | None = None) -> Upload:
        """Announce a file in parts; `location` as for `store`; see `service.begin_upload`."""
        check = self._check(owner, location)

        def begin(tx: WriteTx) -> Upload:
            check(tx)
            return service.begin_upload(tx, owner, path, parts)

        return await self._db.write(begin)

    async def store_part(self, scope: Scope, receive: Receive, id_: str, number: int) -> Part:
        """Take the body as part `number` of an upload. Sending it again replaces it."""
        begun = await self._db.read(lambda tx: service.upload(tx, id_))
        if not 1 <= number <= begun.parts:
            raise BadInput(f"the upload has parts 1 to {begun.parts}, no part {number}", parts=begun.parts)
        content, more = await self._first(scope, receive, self._check(begun.owner))
        opened = await self._threads.run(_spooled, lambda: self._blobs.spool_part(id_, number), content)
        spool = await self._rest(receive, opened, more=more)
        return await self._threads.run(_kept, spool)

    async def parts(self, id_: str) -> tuple[Upload, list[Part]]:
        """What has arrived of an upload, by number: what is not among it is left to send."""
        begun = await self._db.read(lambda tx: service.upload(tx, id_))
        return begun, await self._threads.run(self._blobs.parts, id_)

    async def complete(self, actor: Actor, id_: str, checks: Sequence[str] | None = None) -> Entry:
        """Make one file of an upload's parts. Asking again, also meanwhile, gives the same answer.

        `checks` are those of the parts in order, as `store_part` answered them; None takes the parts that are there.
        Raises NotFound for an unknown upload, Conflict for parts that are missing or not those of `checks`.
        """
        task = self._assembling.get(id_)
        if task is None:
            task = asyncio.create_task(self._complete(actor, id_, checks))
            self._assembling[id_] = task
            task.add_done_callback(lambda _: self._assembling.pop(id_, None))
        return await asyncio.shield(task)  # a client that hangs up does not stop what its retry will ask for

    async def abort(self, id_: str) -> None:
        """Forget an upload and its parts; a completed file stays. Harmless when repeated."""
        await self._db.write(lambda tx: service.abort_upload(tx, id_))
        await self._threads.run(self._blobs.drop_parts, id_)

    def _check(self, owner: str, expected: str | None = None) -> Check:
        """Raises when there is no such owner, or it takes no files, or has them elsewhere."""

        def check(tx: ReadTx) -> None:
            location = self._owners.location(tx, owner, writing=True)
            if expected is not None and expected != location:
                raise NotFound(f"{owner} has its artifacts at {location}, not at {expected}")

        return check

    async def _first(self, scope: Scope, receive: Receive, check: Check) -> tuple[bytes, bool]:
        """The first chunk of the body, and whether there is more; before more is read the owner is asked."""
        scope["unlimited_body"] = True
        content, more = await body_piece(receive, CHUNK)
        if more:
            await self._db.read(check)
        return content, more

    async def _rest(self, receive: Receive, spool: S, *, more: bool) -> S:
        """The spool with the rest of the body in it, each chunk hashed and written while the next is on the wire."""
        writing: asyncio.Future[None] | None = None
        try:
            while more:
                content, more = await body_piece(receive, CHUNK)
                if writing is not None:
                    await writing
                writing = asyncio.ensure_future(self._threads.run(spool.write, content))
            if writing is not None:
                await writing
        except BaseException:
            if writing is not None:
                await asyncio.wait([writing])
            await asyncio.shield(self._threads.run(spool.close))
            raise
        return spool

    async def _placed(self, scope: Scope, receive: Receive, check: Check) -> tuple[Spool, Placed]:
        """The body among the blobs. A small one costs a single thread hop; hops are most of what it costs."""
        content, more = await self._first(scope, receive, check)
        if not more:
            return await self._threads.run(_placed_at_once, self._blobs.spool, content)
        spool = await self._rest(receive, await self._threads.run(_spooled, self._blobs.spool, content), more=True)
        return spool, await self._threads.run(_placed, spool)

    async def _named(self, spool: Spool, placed: Placed, check: Check, name: Callable[[WriteTx], Entry]) -> Entry:
        """Give placed bytes their name, see that a sweep did not take them in between, and close the spool."""

        def enter(tx: WriteTx) -> Entry:
            check(tx)
            return name(tx)

        try:
            entry = await self._db.write(enter)
        except BaseException:
            await asyncio.shield(self._threads.run(spool.close))
            raise
        await self._threads.run(self._settle, spool, placed)
        return entry

    def _settle(self, spool: Spool, placed: Placed) -> None:
        # The name is committed, so no later sweep takes the bytes; one that was under way may have. The other way
        # round, wishing the bytes to stay before placing them, would cost every file a second commit.
        try:
            self._blobs.size(placed.digest)
        except NotFound:
            spool.place()
        finally:
            spool.close()

    async def _complete(self, actor: Actor, id_: str, checks: Sequence[str] | None) -> Entry:
        begun, parts = await self.parts(id_)
        if begun.digest is not None:
            return await self._db.read(lambda tx: service.file(tx, begun.owner, begun.path))
        chosen = chosen_parts(begun, parts, checks)
        spool, whole = await self._threads.run(self._assembled, id_, chosen)
        entry = await self._named(
            spool, whole, self._check(begun.owner), lambda tx: service.complete_upload(tx, actor, id_, whole)
        )
        await self._threads.run(self._blobs.drop_parts, id_)
        return entry

    def _assembled(self, id_: str, parts: Sequence[Part]) -> tuple[Spool, Placed]:
        spool = self._blobs.spool()
        try:
            for part in parts:
                for chunk in self._blobs.read_part(id_, part):
                    spool.write(chunk)
        except BaseException:
            spool.close()
            raise
        return spool, _placed(spool)


def chosen_parts(begun: Upload, parts: Sequence[Part], checks: Sequence[str] | None) -> list[Part]:
    """The parts that make up the file, in order; `checks` as for `Uploads.complete`.

    Raises Conflict when they are not all there, or not those of `checks`.
    """
    by_number: dict[int, list[Part]] = {}
    for part in parts:
        by_number.setdefault(part.number, []).append(part)
    missing = [number for number in range(1, begun.parts + 1) if number not in by_number]
    if missing:
        raise Conflict(f"{len(missing)} of {begun.parts} parts are missing; send them first", missing=missing[:100])
    if checks is None:
        return [by_number[number][-1] for number in range(1, begun.parts + 1)]
    if len(checks) != begun.parts:
        raise BadInput(f"the upload was announced in {begun.parts} parts, and {len(checks)} are named")
    chosen = []
    for number, check in enumerate(checks, 1):
        fitting = [part for part in by_number[number] if part.check == check]
        if not fitting:
            raise Conflict(f"part {number} is not the one that is named; send it again", part=number)
        chosen.append(fitting[0])
    return chosen


def _spooled(open_: Callable[[], S], content: bytes) -> S:
    spool = open_()
    try:
        spool.write(content)
    except BaseException:
        spool.close()
        raise
    return spool


def _placed(spool: Spool) -> Placed:
    try:
        return spool.place()
    except BaseException:
        spool.close()
        raise


def _placed_at_once(open_: Callable[[], Spool], content: bytes) -> tuple[Spool, Placed]:
    spool = _spooled(open_, content)
    return spool, _placed(spool)


def _kept(spool: PartSpool) -> Part:
    try:
        return spool.keep()
    finally:
        spool.close()
