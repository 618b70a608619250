"""Experiments, runs, params, metric series, datasets, logged models, search."""
