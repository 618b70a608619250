"""What one can do with experiments, runs, series and logged models: steps of one transaction."""
