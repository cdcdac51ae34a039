"""The audit trail as those who watch over the service read it."""
