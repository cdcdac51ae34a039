"""The web framework: Flask. Everything here could be replaced by another framework's layer."""
