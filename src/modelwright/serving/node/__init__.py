"""The data plane: a process that loads versions and answers predictions; it knows no database."""
