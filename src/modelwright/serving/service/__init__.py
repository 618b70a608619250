"""What one can do with deployments, rollouts, nodes and predictions: steps of one transaction."""
