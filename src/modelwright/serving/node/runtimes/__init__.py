"""Engines that run inside the node: formats whose opening executes nothing."""
