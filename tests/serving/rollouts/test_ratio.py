"""The sample-ratio check stays silent on a fair split, also a moving one, and finds an unfair one."""

import numpy as np

from modelwright.serving.rollouts.ratio import check_ratio, is_mismatch, opened_ratio


def test_a_fair_split_with_moving_shares_is_hardly_ever_a_mismatch() -> None:
    """None of 300 fair series of 100 strata each, with the share moving from 5 % to 25 %, is a mismatch."""
    rng = np.random.default_rng(3)
    mismatches = 0
    for _ in range(300):
        purse = opened_ratio()
        found = False
        for share in (0.05,) * 50 + (0.25,) * 50:
            mine = int(rng.binomial(500, share))
            purse = check_ratio(purse, controls=500 - mine, candidates=mine, share=share)
            found = found or is_mismatch(purse)
        mismatches += found

    assert 0 == mismatches


def test_a_tenth_of_the_candidates_requests_lost_is_found() -> None:
    """9 % where 10 % should be is seen within 30,000 requests."""
    purse = opened_ratio()
    for _ in range(60):
        purse = check_ratio(purse, controls=455, candidates=45, share=0.1)

    assert is_mismatch(purse)
