"""Ground floor: knows no domain."""
