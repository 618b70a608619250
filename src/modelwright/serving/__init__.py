"""Deployments, routes and rollouts (server side), and the node that answers predictions."""
