"""The addresses of the service.

Each application has its own, made from its own settings. Django's tools look at those of the module
(``ROOT_URLCONF``), which follow from the environment.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.urls import ResolverMatch, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import Router

from ..settings import Settings, load_settings
from . import errors, operations, router
from .openapi import Api
from .versioning import V1

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
nothing_here = csrf_exempt(handler404)

# As in path(), and as in re_path(), which the admin pages use once.
_PLACEHOLDER = re.compile(r"(?:\(\?P)?<(?:\w+:)?(\w+)>(?:[^/]*\)\$)?")
# In the address of an operation: {uuid:order_id}.
_CONVERTER = re.compile(r"\{\w+:")


class Urls:
    """A URL configuration.

    Args:
        settings: of the service.

    Attributes:
        admin_prefix: where the admin pages are, without slashes around; ``None``: nowhere.
        api: the API that is served.
        methods: of each of its addresses, as the OpenAPI document has them.
        urlpatterns: where Django looks for addresses.
    """

    handler400 = staticmethod(handler400)
    handler403 = staticmethod(handler403)
    handler404 = staticmethod(handler404)

    def __init__(self, settings: Settings) -> None:
        self.admin_prefix = settings.admin_prefix
        self.api = Api(settings)
        own = [operations.router, *([operations.docs_router] if settings.docs_active else [])]
        for one in own:
            self.api.add_router("", one)
        router.include_slices(self.api)
        self.methods = {**_methods("", own), **_methods(V1, router.SLICES)}
        self.urlpatterns: list[Any] = [path("", self.api.urls)]
        if self.admin_prefix is not None:
            self.urlpatterns.append(path(f"{self.admin_prefix}/", admin.site.urls))
        # Also the answer to other methods than GET, without a form that proves where it comes from.
        self.urlpatterns.append(re_path("", nothing_here))


def _methods(prefix: str, routers: Iterable[Router]) -> dict[str, frozenset[str]]:
    """The methods of each address, which Django Ninja serves with one view."""
    return {
        prefix + _CONVERTER.sub("{", address): frozenset(
            method for operation in found.operations for method in operation.methods
        )
        for one in routers
        for address, found in one.path_operations.items()
    }


def is_admin_page(match: ResolverMatch) -> bool:
    """Whether an address is one of the admin pages."""
    return match.app_names[:1] == ["admin"]


def template_of(route: str) -> str:
    """The address as the OpenAPI document has it.

    >>> template_of("v1/orders/<order_id>/payment")
    '/v1/orders/{order_id}/payment'
    >>> template_of("admin/(?P<url>.*)$")
    '/admin/{url}'
    """
    return "/" + _PLACEHOLDER.sub(r"{\1}", route)


def __getattr__(name: str) -> Any:
    """``urlpatterns``, made when they are looked for."""
    if name == "urlpatterns":
        return Urls(load_settings()).urlpatterns
    raise AttributeError(name)
