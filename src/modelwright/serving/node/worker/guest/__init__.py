"""The inside of a worker process; started as `python -m guest` with the model's own interpreter."""
