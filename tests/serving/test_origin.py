"""Diffs that are told whole, and those that are not."""

import msgspec

from modelwright.serving.origin import DIFF_SHOWN_BYTES, Code, Diff, with_diffs
from tests.serving.house import origin

DIFF = "+depth = 8  # größer\n"


def diff(name: str, size_bytes: int, text: str | None = None) -> Diff:
    return Diff(kept=name, digest=f"sha256:{name}", size_bytes=size_bytes, link="/there", text=text)


def test_small_files_are_read_and_large_ones_are_not() -> None:
    """What is no text is left to its link, and a tag's text is there already."""
    files = {"sha256:small": DIFF.encode(), "sha256:bytes": b"\xff\xfe"}
    diffs = (diff("small", len(DIFF)), diff("bytes", 2), diff("large", DIFF_SHOWN_BYTES + 1), diff("tag", 1, text="+"))
    before = origin(Code(diffs=diffs))
    after = with_diffs(before, files.__getitem__)

    assert [DIFF, None, None, "+"] == [one.text for one in after.code.diffs]
    assert before == msgspec.structs.replace(after, code=before.code)
