"""The HTTP contract, asked of a running service through nothing but a base URL."""
