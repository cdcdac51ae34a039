"""The addresses of the service.

Each application has its own, made from its own settings. Django's tools look at those of the module
(``ROOT_URLCONF``), which follow from the environment.
"""

from typing import Any

from django.contrib import admin
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from ..settings import Settings, load_settings
from . import errors, operations, router
from .openapi import Api

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
nothing_here = csrf_exempt(handler404)


class Urls:
    """A URL configuration.

    Args:
        settings: of the service.

    Attributes:
        admin_prefix: where the admin pages are, without slashes around; ``None``: nowhere.
        api: the API that is served.
        urlpatterns: where Django looks for addresses.
    """

    handler400 = staticmethod(handler400)
    handler403 = staticmethod(handler403)
    handler404 = staticmethod(handler404)

    def __init__(self, settings: Settings) -> None:
        self.admin_prefix = settings.admin_prefix
        self.api = Api(settings)
        self.api.add_router("", operations.router)
        if settings.docs_active:
            self.api.add_router("", operations.docs_router)
        router.include_slices(self.api)
        self.urlpatterns: list[Any] = [path("", self.api.urls)]
        if self.admin_prefix is not None:
            self.urlpatterns.append(path(f"{self.admin_prefix}/", admin.site.urls))
        # Also the answer to other methods than GET, without a form that proves where it comes from.
        self.urlpatterns.append(re_path("", nothing_here))


def __getattr__(name: str) -> Any:
    """``urlpatterns``, made when they are looked for."""
    if name == "urlpatterns":
        return Urls(load_settings()).urlpatterns
    raise AttributeError(name)
