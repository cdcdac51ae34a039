"""The admin pages of a running service: who gets in, where they are, and that the API knows nothing of them."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.admin import PASSWORD, Visitor, manage, migrated_database, visited
from tests.support.databases import fetch
from tests.support.production import PRODUCTION

LOADED = re.compile(r"""(?:src|href)="([^"#]+)\"""")


@pytest.fixture(scope="module")
def admin_url() -> Iterator[str]:
    """A database with one superuser."""
    with migrated_database() as url:
        yield url


@pytest.fixture(scope="module")
def base_url(admin_url: str) -> Iterator[str]:
    """A running service, as in development."""
    with visited(admin_url) as visitor:
        yield visitor.base_url


@pytest.fixture
def visitor(base_url: str) -> Iterator[Visitor]:
    """Somebody with an empty jar of cookies."""
    with closing(Visitor(base_url)) as person:
        yield person


def test_superuser_logs_in_and_sees_the_pages(visitor: Visitor) -> None:
    page = visitor.log_in()

    assert page.status_code == 200
    assert "/admin/accounts/user/" in page.text
    assert "sessionid" in visitor.cookies


@pytest.mark.rule("SEC-05", "SEC-17")
def test_key_of_a_session_is_not_in_the_database(admin_url: str, visitor: Visitor) -> None:
    visitor.log_in()

    cookie = visitor.cookies["sessionid"]
    keys = {str(key) for (key,) in fetch(admin_url, "SELECT session_key FROM django_session")}
    visitor.cookies.clear()
    visitor.cookies.set("sessionid", keys.pop(), path="/admin/")

    assert cookie not in keys
    assert visitor.open("/admin/").url.path == "/admin/login/"


def test_wrong_password_opens_nothing(visitor: Visitor) -> None:
    page = visitor.log_in(password="wrong-horse-battery")

    assert "Please enter the correct email address and password" in page.text
    assert "sessionid" not in visitor.cookies
    assert visitor.open("/admin/accounts/user/").url.path == "/admin/login/"


def test_another_user_is_added_with_a_password_that_is_hashed(visitor: Visitor) -> None:
    visitor.log_in()

    added = visitor.send_form(
        "/admin/accounts/user/add/",
        {
            "email": "Bert@example.org",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )

    assert added.status_code == 200
    assert "was added successfully" in added.text
    assert PASSWORD not in added.text


@pytest.mark.parametrize("password", ["short-horse", "password123456"])
def test_weak_password_is_refused(visitor: Visitor, password: str) -> None:
    visitor.log_in()

    page = visitor.send_form(
        "/admin/accounts/user/add/",
        {
            "email": "carl@example.org",
            "usable_password": "true",
            "password1": password,
            "password2": password,
        },
    )

    assert "was added successfully" not in page.text
    assert "This password is too" in page.text


def test_form_without_its_token_is_refused_in_the_common_shape(visitor: Visitor) -> None:
    refused = visitor.post("/admin/login/", {"username": "anne", "password": PASSWORD})

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "auth.forbidden"


def test_page_loads_what_it_needs_from_the_service_itself(visitor: Visitor) -> None:
    page = visitor.log_in()

    loaded = [address for address in LOADED.findall(page.text) if "/static/" in address]
    files = [visitor.open(address) for address in loaded]
    assert len(files) > 3
    assert {file.status_code for file in files} == {200}
    assert [address for address in loaded if not address.startswith("/admin/static/")] == []
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert "<style" not in page.text
    assert re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", page.text) is None


def test_api_gives_no_cookie_and_looks_at_none(visitor: Visitor) -> None:
    visitor.log_in()

    for path in ("/health/live", "/openapi.json", "/v1/nowhere"):
        answer = visitor.open(path)
        assert "set-cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("vary", "").lower()
        # The cookies of the admin pages are sent to them only.
        assert "cookie" not in answer.request.headers


def test_pages_are_where_the_setting_says(admin_url: str) -> None:
    with visited(admin_url, ADMIN_PATH="back-office") as visitor:
        page = visitor.log_in(prefix="back-office")
        style = visitor.open("/back-office/static/admin/css/base.css")
        elsewhere = visitor.open("/admin/login/")

    assert "/back-office/accounts/user/" in page.text
    assert style.headers["content-type"].startswith("text/css")
    assert elsewhere.status_code == 404
    assert elsewhere.json()["error"]["code"] == "request.not_found"


def test_production_has_no_admin_pages_unless_told_where(admin_url: str) -> None:
    with visited(admin_url, **PRODUCTION) as visitor:
        answers = [
            visitor.open(path).status_code
            for path in ("/admin/", "/admin/login/", "/admin/static/admin/css/base.css", "/None/")
        ]

    assert answers == [404, 404, 404, 404]


@pytest.mark.rule("SEC-07")
def test_session_outlives_an_exchange_of_the_key_while_the_old_one_is_given(
    admin_url: str,
) -> None:
    old, new = "first-key-" * 4, "second-key-" * 4
    with visited(admin_url, SECRET_KEY=old) as visitor:
        visitor.log_in()
        cookies = visitor.cookies

    pages = []
    for keys in ({"SECRET_KEY": new, "SECRET_KEY_PREVIOUS": old}, {"SECRET_KEY": new}):
        with visited(admin_url, **keys) as visitor:
            visitor.cookies.update(cookies)
            pages.append(visitor.open("/admin/").url.path)

    assert pages == ["/admin/", "/admin/login/"]


def test_cookies_of_production_are_for_the_pages_over_https_only(admin_url: str) -> None:
    with visited(admin_url, ADMIN_PATH="back-office", **PRODUCTION) as visitor:
        cookie = visitor.open("/back-office/login/").headers["set-cookie"]

    wanted = {"HttpOnly", "Path=/back-office/", "SameSite=Strict", "Secure"}
    assert wanted <= {part.strip() for part in cookie.split(";")}


def test_cookies_of_the_pages_are_sent_to_the_pages_only(visitor: Visitor) -> None:
    visitor.log_in()

    assert {cookie.name: cookie.path for cookie in visitor.cookies.jar} == {
        "csrftoken": "/admin/",
        "sessionid": "/admin/",
    }


def test_checks_for_deployment_find_nothing_in_production(admin_url: str) -> None:
    done = manage(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        database_url=admin_url,
        ADMIN_PATH="back-office",
        **PRODUCTION,
    )

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_checks_for_deployment_tell_of_an_address_that_is_easily_guessed(admin_url: str) -> None:
    done = manage(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        database_url=admin_url,
        ADMIN_PATH="admin",
        **PRODUCTION,
    )

    assert done.returncode == 1
    assert "web.W001" in done.stderr
