"""The room's tables and all its SQL, as functions of a transaction."""
