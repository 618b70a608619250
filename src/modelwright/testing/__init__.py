"""Contract suites for authors of plug-ins."""
