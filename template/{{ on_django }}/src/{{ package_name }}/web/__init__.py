"""The web framework: Django, with Django Ninja. Everything here could be replaced by another framework's layer."""
