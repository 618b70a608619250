"""Values and rules of the room: no clock, no database, no network."""
