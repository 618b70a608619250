"""The `modelwright` command."""
