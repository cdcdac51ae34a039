"""The parts together, on the real database."""
