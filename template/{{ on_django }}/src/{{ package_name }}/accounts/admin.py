"""The admin pages of accounts.

Users are changed here by Django's own forms. Each change is recorded in the audit trail, and holds at once
in the API too.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse

from ..core.actor import Actor
from ..core.admin import ReadOnlyAdmin, is_allowed
from .admin_trail import record_addition, recorded_change
from .entities import LastAdmin, Role
from .models import MARK, ApiKeyRow, LoginRow, User
from .service import MANAGE

_ROLES = frozenset(role.value for role in Role)

if TYPE_CHECKING:
    _Change = UserChangeForm[User]
    _UserAdmin = UserAdmin[User]
else:
    _Change, _UserAdmin = UserChangeForm, UserAdmin


class ChangeUserForm(_Change):
    """An account. The rules that the API keeps hold here too."""

    is_last_admin = False

    def clean(self) -> dict[str, Any]:
        """Keep the last administrator, and keep superusers administrators."""
        values = super().clean() or self.cleaned_data
        is_admin = any(group.name == Role.ADMIN for group in values.get("groups", ()))
        if self.is_last_admin and not (is_admin and values.get("is_active")):
            self.add_error(None, LastAdmin.message)
        if values.get("is_superuser") and not is_admin:
            self.add_error("groups", f"A superuser holds the role {Role.ADMIN}.")
        return values


class OwnPermissionsOnly:
    """Pages that offer Django's own permissions: those of the service come with roles."""

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **options: Any) -> Any:
        """The field of a form."""
        field = super().formfield_for_manytomany(db_field, request, **options)  # type: ignore[misc] # Any, to its stubs
        if db_field.name in {"permissions", "user_permissions"}:
            field.queryset = field.queryset.exclude(codename__contains=MARK)
        return field


@admin.register(User)
class AccountAdmin(OwnPermissionsOnly, _UserAdmin):
    """Accounts: whoever may manage them in the API may do so here. Who leaves is made inactive, not deleted."""

    form = ChangeUserForm
    actions = None
    show_full_result_count = False
    list_display = ("email", "is_active", "is_staff", "created_at")
    list_filter = ("groups", "is_active", "is_staff")
    search_fields = ("email",)
    ordering = ("email",)
    readonly_fields = ("last_login", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name")}),
        ("In the API", {"fields": ("is_active", "groups")}),
        ("In these pages", {"fields": ("is_staff", "is_superuser", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "created_at", "updated_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "usable_password", "password1", "password2", "groups")}),
    )

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:  # noqa: ARG002 - Django's
        """Who sees accounts."""
        return is_allowed(request, MANAGE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who makes accounts."""
        return is_allowed(request, MANAGE)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who changes accounts. Those of superusers are for superusers."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return is_allowed(request, MANAGE) and not above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:  # noqa: ARG002 - Django's
        """Nobody deletes: the audit trail tells of accounts by their ids."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Who finds accounts on the first page."""
        return is_allowed(request, MANAGE)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """What is shown only: nobody can give more than he has."""
        found = tuple(super().get_readonly_fields(request, obj))
        return found if request.user.is_superuser else (*found, "is_superuser", "user_permissions")

    def get_form(
        self, request: Any, obj: User | None = None, change: bool = False, **options: Any
    ) -> Any:
        """The form for a request."""
        form: Any = super().get_form(request, obj, change=change, **options)
        form.is_last_admin = obj is not None and getattr(request, "admins", ()) == [obj.pk]
        return form

    def changeform_view(self, request: Any, object_id: Any = None, *rest: Any, **more: Any) -> Any:
        """The page of an account, and the form of a new one."""
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, *rest, **more)
        with recorded_change(request, _identifier(object_id)) as request.admins:
            return super().changeform_view(request, object_id, *rest, **more)

    def user_change_password(self, request: Any, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - Django's
        """The form of another password."""
        if request.method != "POST":
            return super().user_change_password(request, id, form_url)
        with recorded_change(request, _identifier(id)):
            return super().user_change_password(request, id, form_url)

    def log_addition(self, request: Any, obj: User, message: Any) -> Any:
        """What Django calls, in the same transaction, once a new account is stored."""
        record_addition(request, obj)
        return super().log_addition(request, obj, message)


def _identifier(quoted: str) -> UUID:
    """The id in an address; that of nobody if it is none."""
    try:
        return UUID(unquote(quoted))
    except ValueError:
        return Actor.anonymous().id


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(OwnPermissionsOnly, GroupAdmin):
    """Groups. Those of roles are shown only: ``permissions.py`` says what they may do."""

    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Who changes a group that is no role: Django's own permissions say."""
        return not _is_role(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Who deletes a group that is no role: Django's own permissions say."""
        return not _is_role(obj) and super().has_delete_permission(request, obj)


def _is_role(group: Group | None) -> bool:
    return group is not None and group.name in _ROLES


@admin.register(LoginRow)
class LoginAdmin(ReadOnlyAdmin):
    """Sign-ins to the API."""

    permission = MANAGE
    list_display = ("created_at", "user", "expires_at", "ended_at")
    search_fields = ("user__email__exact",)
    search_help_text = "Email address of a user"
    ordering = ("-id",)


@admin.register(ApiKeyRow)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys of machines, without what proves that somebody has them."""

    permission = MANAGE
    exclude = ("key_hash",)
    list_display = ("prefix", "name", "user", "created_at", "last_used_at", "revoked_at")
    search_fields = ("user__email__exact", "prefix__exact")
    search_help_text = "Email address of a user, or the prefix of a key"
    ordering = ("-id",)
