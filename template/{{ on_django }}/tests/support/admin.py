"""A service with admin pages, and somebody who visits them the way a browser does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import httpx2

from tests.support.databases import fresh_database
from tests.support.server import PROJECT, ServiceProcess, migrate, service_environment

EMAIL = "anne@example.org"
PASSWORD = "-".join(("correct", "horse", "battery"))
Fields = Mapping[str, str | list[str]]
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def manage(*arguments: str, database_url: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Django's to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=service_environment(database_url, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def migrated_database() -> Iterator[str]:
    """A database with the newest schema, and one user: a superuser."""
    with fresh_database() as url:
        migrate(url)
        made = manage(
            "createsuperuser",
            "--noinput",
            f"--email={EMAIL}",
            database_url=url,
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )
        assert made.returncode == 0, made.stderr
        yield url


class Visitor:
    """A browser: it keeps cookies, follows redirects and sends forms with the token that they hold.

    Args:
        base_url: where the service listens.
        transport: the way to an application in this process.
    """

    def __init__(self, base_url: str, transport: httpx2.BaseTransport | None = None) -> None:
        self.base_url = base_url
        self._client = httpx2.Client(
            base_url=base_url, transport=transport, follow_redirects=True, trust_env=False
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    @property
    def cookies(self) -> httpx2.Cookies:
        """The cookies that it holds."""
        return self._client.cookies

    def come_from(self, address: str) -> None:
        """Be somewhere, as a proxy in front of the service would say it."""
        self._client.headers["X-Forwarded-For"] = address

    def open(self, path: str) -> httpx2.Response:
        """GET a page."""
        return self._client.get(path)

    def send_form(self, path: str, fields: Fields) -> httpx2.Response:
        """POST a form with the token of a page that has one."""
        token = _TOKEN.search(self.open("/admin/password_change/").text)
        assert token is not None
        return self.post(path, {"csrfmiddlewaretoken": token[1], **fields})

    def post(self, path: str, fields: Fields) -> httpx2.Response:
        """POST form fields as they are."""
        return self._client.post(path, data=dict(fields))

    def log_in(
        self, *, email: str = EMAIL, password: str = PASSWORD, prefix: str = "admin"
    ) -> httpx2.Response:
        """Fill in the login form."""
        path = f"/{prefix}/login/"
        token = _TOKEN.search(self.open(path).text)
        assert token is not None
        fields = {"username": email, "password": password, "next": f"/{prefix}/"}
        return self.post(path, {"csrfmiddlewaretoken": token[1], **fields})


@contextmanager
def visited(database_url: str, **settings: str) -> Iterator[Visitor]:
    """Start a service, and visit it."""
    with (
        ServiceProcess(database_url, **settings) as service,
        closing(Visitor(service.base_url)) as visitor,
    ):
        yield visitor
