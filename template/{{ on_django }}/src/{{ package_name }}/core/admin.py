"""What admin pages have in common."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


def is_allowed(request: HttpRequest, permission: str) -> bool:
    """Whether the visitor holds a permission of ``permissions.py``, as the groups of its roles have it."""
    return bool(request.user.has_perm(f"accounts.{permission}"))


class ReadOnlyAdmin(_ModelAdmin):
    """Pages that show rows and change none: a change goes through a service, which knows the rules."""

    permission: str | None = None
    """Who holds this permission, by a role, sees the pages; without one, who holds Django's own of the model."""
    actions = None
    show_full_result_count = False  # it counts the whole table for each page

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees rows."""
        if self.permission is None:
            return super().has_view_permission(request, obj)
        return is_allowed(request, self.permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Who finds them on the first page."""
        if self.permission is None:
            return super().has_module_permission(request)
        return is_allowed(request, self.permission)

    def has_add_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody deletes."""
        return False
