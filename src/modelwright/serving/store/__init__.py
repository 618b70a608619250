"""The room's tables and all its SQL."""
