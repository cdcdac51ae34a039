"""The table of users."""

from django.contrib.auth.models import AbstractUser

from ..core.dialect import UuidField
from ..core.identifiers import new_id


class User(AbstractUser):
    """Somebody who may enter the admin pages.

    A model of our own from the first migration on: Django's cannot be exchanged later.
    """

    id = UuidField(primary_key=True, default=new_id, editable=False, db_comment="UUID of version 7")

    class Meta(AbstractUser.Meta):
        db_table = "users"
        db_table_comment = "People who may enter the admin pages"
