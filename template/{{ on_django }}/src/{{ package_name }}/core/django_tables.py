"""How sensitive the columns of Django's own tables are. Those of the service say it themselves."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import Model

from .sensitivity import Classes, classify

_TABLES: Mapping[str, Classes] = MappingProxyType(
    {
        "auth_group": classify(public="id name"),
        "auth_group_permissions": classify(public="id group_id permission_id"),
        "auth_permission": classify(public="id name content_type_id codename"),
        "django_admin_log": classify(
            public="id action_time user_id content_type_id object_id action_flag change_message",
            # What was changed, as the pages call it: a user is called by the address.
            personal="object_repr",
        ),
        "django_content_type": classify(public="id app_label model"),
        "django_session": classify(
            public="expire_date",
            # Messages that wait to be shown name what was changed.
            personal="session_data",
            hashed="session_key",
        ),
        "users_groups": classify(public="id user_id group_id"),
        "users_user_permissions": classify(public="id user_id permission_id"),
    }
)


def classes_of(model: type[Model]) -> Classes:
    """The classes of the columns of a model; none if nobody has said them."""
    found: Classes = getattr(model, "classes", None) or _TABLES.get(model._meta.db_table, {})
    return found
