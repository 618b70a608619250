"""Edges between things, named by opaque references such as `models/fraud/versions/3` or `runs/4a1f...`."""

import enum

import msgspec


class Relation(enum.StrEnum):
    """What the source of an edge says of its target."""

    TRAINED_BY = "trained_by"  # a version's files were made by this run
    PACKS = "packs"  # a version has the files of this logged model, run or folder
    COPY_OF = "copy_of"  # a version was copied from this one, and loads its files


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """`source` refers to `target`, since `at_ms` (ms since 1970)."""

    source: str
    relation: Relation
    target: str
    at_ms: int
