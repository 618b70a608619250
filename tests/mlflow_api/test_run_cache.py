"""Kept copies of runs: bounded, and never older than what was asked for."""

from modelwright.mlflow_api.run_cache import RunCache


def test_only_the_same_revision_is_given_back() -> None:
    """A newer and an older one are not it."""
    cache = RunCache()
    cache.put(1, 5, b"five")

    assert (b"five", None, None, None) == (cache.get(1, 5), cache.get(1, 4), cache.get(1, 6), cache.get(2, 5))


def test_a_late_copy_of_an_older_revision_does_not_replace_a_newer() -> None:
    """A slow reader may finish after a fast one."""
    cache = RunCache()
    cache.put(1, 6, b"six")
    cache.put(1, 5, b"five")

    assert b"six" == cache.get(1, 6)


def test_the_least_recently_used_go_first() -> None:
    """And the whole stays within its limit."""
    cache = RunCache(limit_bytes=100_000)
    for pk in range(200):
        cache.put(pk, 1, bytes(1000))
        cache.get(0, 1)

    assert cache.size_bytes <= 100_000
    assert cache.get(0, 1) is not None
    assert cache.get(1, 1) is None
    assert cache.get(199, 1) is not None


def test_a_run_that_would_fill_the_cache_is_not_kept() -> None:
    """It would drive out a hundred others."""
    cache = RunCache(limit_bytes=100_000)
    cache.put(1, 1, bytes(50_000))

    assert cache.get(1, 1) is None
