"""Modelwright: machine-learning models over their whole life."""

__version__ = "0.1.0"

__all__ = ["__version__"]
