"""What the service does when what it depends on fails."""
