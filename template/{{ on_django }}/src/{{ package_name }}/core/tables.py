"""What tables are made of besides Django's own: indexes and foreign keys with the names of our convention.

Names are the same on every engine: ``ix_<table>_<columns>``, ``uq_<table>_<column>``,
``ck_<table>_<what>`` and ``fk_<table>_<column>``.
"""

from typing import Any

from django.db import models

from .encryption import only_encrypted


class Index(models.Index):
    """An index whose name may be as long as the engines allow. Django's own stop at Oracle's 30 letters."""

    max_name_length = 63


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # only its stubs take types
    """Text that a repository has encrypted. It takes nothing else, and gives it back as it is stored.

    A migration knows it as the ``TextField`` that it is for the database.
    """

    def get_prep_value(self, value: Any) -> Any:
        """To the database; a plain text is an error of ours."""
        return only_encrypted(super().get_prep_value(value))

    def deconstruct(self) -> Any:
        """What a migration needs to make it again."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options


class ForeignKeyConstraint(models.BaseConstraint):
    """A foreign key that the database checks at once, with a name and with a delete rule of its own.

    Django's own constraint has a random name, is checked only at the end of a transaction where the
    engine can wait, and knows no delete rule before Django 6.1. So the field is declared with
    ``db_constraint=False``, ``db_index=False`` and ``on_delete=DO_NOTHING``, and this stands beside it.

    Args:
        column: of this table.
        to: the table it points at, by its ``id``.
        on_delete: what happens here when the row it points at is deleted: ``CASCADE`` or ``RESTRICT``.
        name: of the constraint.
    """

    def __init__(self, *, column: str, to: str, on_delete: str, name: str) -> None:
        super().__init__(name=name)
        self.column = column
        self.to = to
        self.on_delete = on_delete

    # Django calls these with a model and an editor, although it declares that both may be left out.

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:  # noqa: ARG002 - Django's
        """The constraint inside ``CREATE TABLE``."""
        name, column, to, key = map(
            schema_editor.quote_name, (self.name, self.column, self.to, "id")
        )
        return (
            f"CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {to} ({key})"
            f" ON DELETE {self.on_delete}"
        )

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        """The statement that adds it to a table."""
        return (
            f"{self._alter(model, schema_editor)} ADD {self.constraint_sql(model, schema_editor)}"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """The statement that takes it away."""
        name = schema_editor.quote_name(self.name)
        return f"{self._alter(model, schema_editor)} DROP CONSTRAINT {name}"

    def validate(self, *_: Any, **__: Any) -> None:
        """Nothing: the database checks it, at once."""

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        """What a migration needs to make it again."""
        path, _, given = super().deconstruct()
        given |= {"column": self.column, "to": self.to, "on_delete": self.on_delete}
        return path, (), given

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ForeignKeyConstraint):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    @staticmethod
    def _alter(model: Any, schema_editor: Any) -> str:
        return f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)}"
