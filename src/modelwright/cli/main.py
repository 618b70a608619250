"""The command `modelwright`."""
