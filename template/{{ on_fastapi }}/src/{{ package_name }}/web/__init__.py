"""The web framework: FastAPI. Everything here could be replaced by another framework's layer."""
