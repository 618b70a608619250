"""Directed edges between opaque references."""
