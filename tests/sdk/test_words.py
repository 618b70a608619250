"""What callers may write in more ways than one."""

from modelwright.sdk.words import several


def test_one_text_is_a_list_of_one() -> None:
    """And not of its letters."""
    assert ("error_rate < 1%",) == several("error_rate < 1%")
    assert ("id", "day") == several(["id", "day"])
    assert () == several(())
