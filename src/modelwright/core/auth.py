"""Who is asking, and what they may do."""

import enum

import msgspec


class Permission(enum.StrEnum):
    """What a route may need. A route without one does not start the server."""

    PUBLIC = "public"  # anybody who can reach the port: health, version, the page's files
    READ = "read"  # see experiments, runs, models, artifacts
    COMMENT = "comment"  # write comments
    TRACK = "track"  # write experiments, runs, logged models and their artifacts
    REGISTER = "register"  # write models, versions, tags and descriptions
    PROMOTE = "promote"  # move aliases and stages
    DEPLOY = "deploy"  # change deployments, routes and rollouts
    PREDICT = "predict"  # ask a deployment for predictions
    OPERATE = "operate"  # jobs, storage, settings, nodes
    DELETE = "delete"  # delete or restore experiments, runs, models, versions


class Actor(msgspec.Struct, frozen=True):
    """A principal, with the permissions that this request has."""

    name: str
    permissions: frozenset[Permission]


def local_user(name: str) -> Actor:
    """The person at this machine: the principal of a server that listens on the loopback address only."""
    return Actor(name=name, permissions=frozenset(Permission))


SYSTEM = Actor(name="modelwright", permissions=frozenset(Permission))
"""The principal of background jobs."""
