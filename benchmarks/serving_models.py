"""The models every serving benchmark uses, so that peers and ours compute the same thing."""

from __future__ import annotations

ROWS = 5_000
FEATURES = 30
SEED = 7
