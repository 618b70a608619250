"""The MLflow wire protocol: a thin translation onto the services."""
