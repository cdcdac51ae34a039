"""TLS towards MySQL and MariaDB: what the URL of a database says about it, in the driver's terms.

The URL speaks as MySQL's own tools do: ``ssl_mode``, and the files ``ssl_ca``, ``ssl_cert`` and ``ssl_key``. Without
``ssl_mode`` the driver takes TLS where the server offers it, and does without where it does not.
"""

from collections.abc import Mapping

from ..settings import ConfigurationError

REQUIRED, VERIFY_CA, VERIFY_IDENTITY = "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"
_MODES = (REQUIRED, VERIFY_CA, VERIFY_IDENTITY)
_FILES = ("ssl_ca", "ssl_cert", "ssl_key")


def without_tls(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters that are not about TLS."""
    return {name: value for name, value in parameters.items() if not name.startswith("ssl")}


def tls_arguments(parameters: Mapping[str, str]) -> dict[str, str | bool]:
    """The driver's argument ``ssl``: empty if the URL does not ask for TLS.

    ====================  =========  ==============  ====================
    ``ssl_mode``          encrypted  right authority  right name of host
    ====================  =========  ==============  ====================
    ``REQUIRED``          yes        no              no
    ``VERIFY_CA``         yes        yes             no
    ``VERIFY_IDENTITY``   yes        yes             yes
    ====================  =========  ==============  ====================

    Args:
        parameters: of the URL; those that are not about TLS are left out of account.

    Raises:
        ConfigurationError: the parameters ask for something that would not be done.
    """
    given = {name: value for name, value in parameters.items() if name.startswith("ssl")}
    if not given:
        return {}
    mode = given.pop("ssl_mode", None)
    if mode not in _MODES:
        raise ConfigurationError(
            f"DATABASE_URL: ssl_mode is one of {', '.join(_MODES)}, and is needed by all that begins with ssl"
        )
    if unknown := given.keys() - set(_FILES):
        raise ConfigurationError(
            f"DATABASE_URL: {', '.join(sorted(unknown))} is unknown: only {', '.join(_FILES)} go with ssl_mode"
        )
    if (mode == REQUIRED) == ("ssl_ca" in given):
        raise ConfigurationError(
            f"DATABASE_URL: {VERIFY_CA} and {VERIFY_IDENTITY} need ssl_ca, the file with the authority's "
            f"certificate; {REQUIRED} would not look at it"
        )
    files: dict[str, str | bool] = {name.removeprefix("ssl_"): path for name, path in given.items()}
    # Without an authority the driver checks nothing, with one the certificate always.
    return {**files, "check_hostname": mode == VERIFY_IDENTITY}
