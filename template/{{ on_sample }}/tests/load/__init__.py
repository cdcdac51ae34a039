"""Short measurements against a running service: they guard budgets, they are no benchmark."""
