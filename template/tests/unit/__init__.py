"""Every rule and every use case on its own: no network, no database, no framework."""
