"""What every `Blobs` must do: inherit the class, give it a `blobs` fixture, and pytest runs the contract."""

import hashlib
from collections.abc import Callable, Iterable

import pytest

from modelwright.artifacts.blobs import CHUNK, Blobs, Damaged, Part, Placed
from modelwright.core.errors import BadInput, Conflict, NotFound

_UPLOAD = "0123456789abcdef" * 2


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def put(blobs: Blobs, *chunks: bytes) -> Placed:
    """Bytes put by the ordinary way in."""
    spool = blobs.spool()
    try:
        for chunk in chunks:
            spool.write(chunk)
        return spool.place()
    finally:
        spool.close()


def put_part(blobs: Blobs, upload: str, number: int, data: bytes) -> Part:
    spool = blobs.spool_part(upload, number)
    try:
        spool.write(data)
        return spool.keep()
    finally:
        spool.close()


class BlobsContract:
    """Subclasses give two fixtures.

    `blobs` is empty. `damage` is a function of a place inside the storage, such as `sha256/ab/cd...`, and the bytes
    that it puts there behind the back of `blobs`.
    """

    def test_what_was_put_is_read_back(self, blobs: Blobs) -> None:
        """Bytes come back whole, under the digest that anybody can compute."""
        data = b"weights" * 1000

        assert Placed(digest(data), len(data)) == put(blobs, data[:10], data[10:])
        assert data == b"".join(blobs.read(digest(data)))
        assert len(data) == blobs.size(digest(data))

    def test_empty_bytes_are_a_blob(self, blobs: Blobs) -> None:
        """An empty file is a file."""
        placed = put(blobs)

        assert Placed(digest(b""), 0) == placed
        assert [] == list(blobs.read(placed.digest))
        assert 0 == blobs.size(placed.digest)

    def test_equal_bytes_are_stored_once(self, blobs: Blobs) -> None:
        """Putting bytes that are held changes nothing."""
        first = put(blobs, b"same")
        before = list(blobs.scan())

        assert first == put(blobs, b"same")
        assert before == list(blobs.scan())

    @pytest.mark.parametrize(("start", "end"), [(0, None), (1, None), (0, 1), (3, 9), (9, 10), (4, 4), (10, None)])
    def test_a_range_is_cut_from_the_bytes(self, blobs: Blobs, start: int, end: int | None) -> None:
        """`start` belongs to a range, `end` does not."""
        placed = put(blobs, b"0123456789")

        assert b"0123456789"[start:end] == b"".join(blobs.read(placed.digest, start, end))

    def test_chunks_are_small(self, blobs: Blobs) -> None:
        """A blob larger than a chunk, and no multiple of it, comes in chunks that memory can hold."""
        data = bytes(range(256)) * (3 * CHUNK // 256) + b"tail"
        placed = put(blobs, data)
        chunks = list(blobs.read(placed.digest))

        assert data == b"".join(chunks)
        assert all(0 < len(chunk) <= CHUNK for chunk in chunks)

    def test_nothing_shows_before_it_is_placed(self, blobs: Blobs) -> None:
        """An upload that is cut off leaves no blob."""
        spool = blobs.spool()
        spool.write(b"half of")
        spool.close()
        spool.close()

        assert [] == list(blobs.scan())
        assert [] == list(blobs.strays())

    def test_place_again_restores_what_was_taken(self, blobs: Blobs) -> None:
        """A sweep between placing and relying on it is mended from the spool."""
        spool = blobs.spool()
        spool.write(b"taken")
        placed = spool.place()
        blobs.delete(placed.digest)

        assert placed == spool.place()
        assert b"taken" == b"".join(blobs.read(placed.digest))
        spool.close()

    def test_deleted_bytes_are_gone(self, blobs: Blobs) -> None:
        """Deleting says whether there was something; the others stay."""
        gone, stays = put(blobs, b"gone"), put(blobs, b"stays")

        assert blobs.delete(gone.digest)
        assert not blobs.delete(gone.digest)
        assert [stays.digest] == [stored.digest for stored in blobs.scan()]

    def test_unknown_digest_is_not_found(self, blobs: Blobs) -> None:
        """What is not held cannot be read or measured."""
        with pytest.raises(NotFound):
            list(blobs.read(digest(b"never")))
        with pytest.raises(NotFound):
            blobs.size(digest(b"never"))

    @pytest.mark.parametrize("name", ["", "sha256:", "sha256:../../etc/passwd", "md5:00", "sha256:" + "A" * 64])
    def test_only_digests_are_names(self, blobs: Blobs, name: str) -> None:
        """Nothing but a digest reaches the storage."""
        for use in (blobs.size, blobs.delete, lambda name: list(blobs.read(name))):
            with pytest.raises(BadInput):
                use(name)

    def test_scan_tells_size(self, blobs: Blobs) -> None:
        """A scan names every blob with its size and a time."""
        expected = {put(blobs, data).digest: len(data) for data in (b"", b"a", b"bb")}
        found = list(blobs.scan())

        assert expected == {stored.digest: stored.size for stored in found}
        assert all(stored.modified_ms > 1_500_000_000_000 for stored in found)

    def test_strays_are_named(self, blobs: Blobs, damage: Callable[[str, bytes], None]) -> None:
        """What lies among the blobs and is none is told apart."""
        put(blobs, b"blob")
        damage("sha256/ab/notes.txt", b"what is this")

        assert ["sha256/ab/notes.txt"] == list(blobs.strays())
        assert 1 == len(list(blobs.scan()))

    def test_bytes_of_another_size_make_way(self, blobs: Blobs, damage: Callable[[str, bytes], None]) -> None:
        """Sending a file again mends a blob that was cut short."""
        placed = put(blobs, b"precious")
        damage(f"sha256/{placed.digest[7:9]}/{placed.digest[9:]}", b"prec")

        assert placed == put(blobs, b"precious")
        assert b"precious" == b"".join(blobs.read(placed.digest))

    def test_parts_are_kept_by_number(self, blobs: Blobs) -> None:
        """Parts arrive in any order and are listed in theirs; they are no blobs."""
        third, first = put_part(blobs, _UPLOAD, 3, b"ccc"), put_part(blobs, _UPLOAD, 1, b"a")

        assert [first, third] == blobs.parts(_UPLOAD)
        assert b"ccc" == _joined(blobs.read_part(_UPLOAD, third))
        assert [] == list(blobs.scan())

    def test_a_part_sent_again_replaces_the_earlier_one(self, blobs: Blobs) -> None:
        """The last of a number counts."""
        put_part(blobs, _UPLOAD, 1, b"first try")
        again = put_part(blobs, _UPLOAD, 1, b"second try")

        assert [again] == blobs.parts(_UPLOAD)

    def test_a_part_that_was_replaced_or_dropped_since_it_was_listed_is_refused(self, blobs: Blobs) -> None:
        """Whoever puts the file together meanwhile is told to ask again; nothing has failed."""
        first = put_part(blobs, _UPLOAD, 1, b"first try")
        again = put_part(blobs, _UPLOAD, 1, b"second try")
        with pytest.raises(Conflict, match="part 1 was replaced"):
            _joined(blobs.read_part(_UPLOAD, first))
        blobs.drop_parts(_UPLOAD)
        with pytest.raises(Conflict, match="given up"):
            _joined(blobs.read_part(_UPLOAD, again))

    def test_uploads_with_parts_are_listed(self, blobs: Blobs) -> None:
        """Each once, however many parts it has; those that are dropped no more."""
        assert [] == list(blobs.uploads())
        for number in (1, 2):
            put_part(blobs, _UPLOAD, number, b"a")

        assert [_UPLOAD] == list(blobs.uploads())
        blobs.drop_parts(_UPLOAD)
        assert [] == list(blobs.uploads())

    def test_an_empty_part_is_a_part(self, blobs: Blobs) -> None:
        """A file of no bytes can be sent in one part."""
        part = put_part(blobs, _UPLOAD, 1, b"")

        assert b"" == _joined(blobs.read_part(_UPLOAD, part))

    def test_dropped_parts_are_gone(self, blobs: Blobs) -> None:
        """Dropping an upload forgets its parts, and may be done twice."""
        put_part(blobs, _UPLOAD, 1, b"a")
        blobs.drop_parts(_UPLOAD)
        blobs.drop_parts(_UPLOAD)

        assert [] == blobs.parts(_UPLOAD)

    def test_a_damaged_part_is_refused(self, blobs: Blobs, damage: Callable[[str, bytes], None]) -> None:
        """A part whose bytes have changed does not become part of a file."""
        part = put_part(blobs, _UPLOAD, 1, b"precious")
        damage(f"parts/{_UPLOAD}/1/{part.check}", b"spoiled!")

        with pytest.raises(Damaged):
            _joined(blobs.read_part(_UPLOAD, part))

    @pytest.mark.parametrize("upload", ["", "..", "../../etc", "x" * 32, "0" * 31])
    def test_only_upload_ids_name_uploads(self, blobs: Blobs, upload: str) -> None:
        """An upload's id from outside cannot lead elsewhere."""
        for use in (blobs.parts, blobs.drop_parts, lambda name: blobs.spool_part(name, 1)):
            with pytest.raises(BadInput):
                use(upload)

    def test_abandoned_spools_are_swept(self, blobs: Blobs) -> None:
        """What a killed process left behind goes; what is newer stays."""
        spool = blobs.spool()
        spool.write(b"left behind")

        assert 0 == blobs.sweep_spools(older_than_ms=1_500_000_000_000)
        assert 1 == blobs.sweep_spools(older_than_ms=1 << 62)


def _joined(chunks: Iterable[bytes]) -> bytes:
    return b"".join(chunks)
