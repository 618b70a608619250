"""What one can do in the registry: steps of one transaction. Nothing here commits."""
