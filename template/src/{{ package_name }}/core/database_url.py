"""Where the database is: at the URL that the settings name, or embedded."""

from pathlib import Path

from ..settings import ConfigurationError, Settings
from . import embedded

EMBEDDED_DIRECTORY = Path(".data")


def database_url(settings: Settings) -> str:
    """The URL that the settings name, or that of the embedded database once it has started.

    Raises:
        ConfigurationError: there is no embedded database, or it does not start.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    try:
        return embedded.start(EMBEDDED_DIRECTORY / settings.environment)
    except RuntimeError as error:
        raise ConfigurationError(str(error)) from error
