"""The page of interactive documentation (Swagger UI). Everything it loads comes from the service itself.

The files of Swagger UI come out of a package that each web framework has for them.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from .errors import NotFound
from .http import DOCS_CONTENT_SECURITY_POLICY

HEADERS = {
    "Content-Security-Policy": DOCS_CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-cache",
}
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true});'
_MEDIA_TYPES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the browser gets, with ``HEADERS``.

    Attributes:
        content: its bytes, in UTF-8.
        media_type: without a charset.
    """

    content: bytes
    media_type: str


def page(title: str) -> Asset:
    """The page itself."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<link rel="stylesheet" href="docs/swagger-ui.css"></head><body><div id="swagger-ui"></div>'
        '<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>'
    )
    return Asset(text.encode(), "text/html")


def asset(name: str, files: Mapping[str, Traversable]) -> Asset:
    """A file that the page loads.

    Args:
        name: the last part of its address.
        files: where the package keeps ``swagger-ui.css`` and ``swagger-ui-bundle.js``.

    Raises:
        NotFound: the page loads no such file.
    """
    if name == "start.js":
        return Asset(_START.encode(), "text/javascript")
    if name not in _MEDIA_TYPES:
        raise NotFound
    return Asset(files[name].read_bytes(), _MEDIA_TYPES[name])
