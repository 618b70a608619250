"""A process per model, with an environment and a sandbox of its own.

`guest` is what runs in it: it imports the standard library, numpy and the model's library, and nothing of ours,
because the model's environment has nothing of ours.
"""
