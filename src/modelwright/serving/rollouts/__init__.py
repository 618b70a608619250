"""Rollouts: guarded changes of a deployment's routes, judged by statistics that may be looked at any time."""
