"""One module per library, each with `load(root, flavor, inputs, options)`; only the needed one is imported."""
