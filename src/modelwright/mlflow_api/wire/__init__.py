"""Every message of the MLflow protocol that we speak, as typed Structs (checked against MLflow 3.17.2)."""
