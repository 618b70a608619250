"""HTTP for every room: the edge, permissions, errors, bodies."""
