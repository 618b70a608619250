"""Models, versions, aliases, and the checks on a move."""
