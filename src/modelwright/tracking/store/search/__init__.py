"""SQL of the searches: they find rows and their order, and read nothing else."""
