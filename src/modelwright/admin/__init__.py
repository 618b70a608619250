"""Programs that run on the server's machine: the server itself, migrations, checks."""
