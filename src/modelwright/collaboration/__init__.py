"""What people say to each other about anything: comments, and saved views."""
