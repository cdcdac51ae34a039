"""What admin pages have in common."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(_ModelAdmin):
    """Pages that show rows and change none: a change goes through a service, which knows the rules."""

    actions = None
    show_full_result_count = False  # it counts the whole table for each page

    def has_add_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody deletes."""
        return False
