"""Sample-ratio check: does the traffic fall on the arms as the shares say?

When it does not, the arms differ in more than the version (a sticky key that leaves out some users, a node
that drops the candidate's requests), and every comparison is off. The check is an e-process for "each
request goes to the candidate with probability share", mixed over odds that are off by a factor.

Source: M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022 (the same
test; a finite mixture over odds takes the place of their Dirichlet, so that the share may move).
"""

import math

from modelwright.serving.rollouts.binary import Wealth

ALPHA = 0.001
"""A mismatch stops a rollout, so it must hardly ever be seen where there is none."""

_FACTORS = (0.1, 0.5, 0.8, 0.95, 1.05, 1.25, 2.0, 10.0)


def opened_ratio() -> Wealth:
    return Wealth(bets=(-math.log(len(_FACTORS)),) * len(_FACTORS), cash=0.0)


def check_ratio(purse: Wealth, *, controls: int, candidates: int, share: float) -> Wealth:
    """The purse after so many requests, assigned while `share` (between 0 and 1, both excluded) held."""
    gains = []
    for factor in _FACTORS:
        off = share * factor / (1 - share + share * factor)
        gains.append(candidates * math.log(off / share) + controls * math.log((1 - off) / (1 - share)))
    return Wealth(
        bets=tuple(have + gain for have, gain in zip(purse.bets, gains, strict=True)),
        cash=0.0,
        seen_requests=purse.seen_requests + controls + candidates,
        seen_events=purse.seen_events + candidates,
    )


def is_mismatch(purse: Wealth) -> bool:
    return purse.log >= math.log(1 / ALPHA)
