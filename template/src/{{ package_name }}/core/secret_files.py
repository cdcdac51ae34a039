"""Settings that are kept in files: ``NAME_FILE`` names one that holds the value of ``NAME``."""

import os
import stat
from pathlib import Path
from typing import Any, cast

from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

FILE_SUFFIX = "_FILE"


class UnusableFile(Exception):
    """A file holds no usable value. The message names the variable."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads ``NAME_FILE`` for every field ``name``, where another source has such a variable.

    Args:
        settings_cls: whose fields they are.
        variables: the other source.
    """

    def __init__(
        self, settings_cls: type[BaseSettings], variables: PydanticBaseSettingsSource
    ) -> None:
        super().__init__(settings_cls)
        self._variables = cast("EnvSettingsSource", variables).env_vars

    # Its base class hands the field over, too.
    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base class's
        """The value of a field, its name, and that it needs no parsing."""
        variable = field_name.upper() + FILE_SUFFIX
        path = self._variables.get(variable.lower())
        if not path:
            return None, field_name, False
        value = _content(variable, Path(path))
        if self._variables.get(field_name) not in {None, value}:
            raise UnusableFile(
                f"{field_name.upper()} and the file that {variable} names hold different values: "
                "give one of them only"
            )
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The values that are kept in files, by field."""
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


def is_exposed(path: Path) -> bool:
    """Whether others on this machine may read a file, as far as its mode says so."""
    return os.name != "nt" and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _content(variable: str, path: Path) -> str:
    """What a file holds, without the line ends at its end.

    Raises:
        UnusableFile: it cannot be read, or holds nothing.
    """
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise UnusableFile(
            f"{variable} names a file that cannot be read: {error.strerror}"
        ) from error
    except UnicodeDecodeError:
        raise UnusableFile(f"{variable} names a file that is not text in UTF-8") from None
    if not value.strip():
        raise UnusableFile(f"{variable} names a file that is empty")
    return value
