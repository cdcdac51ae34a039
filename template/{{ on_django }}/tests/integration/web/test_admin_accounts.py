"""Accounts in the admin pages: what is done there holds in the API at once, and is in the audit trail."""

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import httpx2
import pytest

from tests.support.admin import EMAIL, PASSWORD, Visitor, migrated_database, visited
from tests.support.proofs import LOGINS, proof_in

# Nobody waits here: these tests sign in more often than guessing is allowed.
WITHOUT_LIMITS = {"RATE_LIMIT_AUTH": "1000/minute", "RATE_LIMIT_DEFAULT": "10000/minute"}
USERS = "/admin/accounts/user/"
OTHER_PASSWORD = "-".join(("another", "horse", "and", "battery"))
_numbers = count()


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """A running service with one superuser."""
    with migrated_database() as url, visited(url, **WITHOUT_LIMITS) as visitor:
        yield visitor.base_url


@pytest.fixture
def anne(base_url: str) -> Iterator[Visitor]:
    """The superuser, in the admin pages."""
    with closing(Visitor(base_url)) as visitor:
        visitor.log_in()
        yield visitor


class Account:
    """An account in the API, signed in.

    Args:
        base_url: where the service listens.
        email: unless it is one that exists: a new one signs up.
    """

    def __init__(self, base_url: str, email: str | None = None) -> None:
        self.email = email or f"user-{next(_numbers)}@example.org"
        self._base_url = base_url
        self._headers: dict[str, str] = {}
        if email is None:
            self.send("POST", "/v1/users", {"email": self.email, "password": PASSWORD})
        self.sign_in()
        self.id: str = self.get("/v1/users/me").json()["data"]["id"]

    def sign_in(self, password: str = PASSWORD) -> httpx2.Response:
        """Show the password once, and from then on what that gave."""
        sent = {"email": self.email, "password": password}
        answer = self.send("POST", LOGINS, sent)
        if answer.is_success:
            self._headers = proof_in(answer)
        return answer

    def get(self, path: str) -> httpx2.Response:
        """Read what the account may read."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        """Send a request as whoever has signed in."""
        address = f"{self._base_url}{path}"
        return httpx2.request(method, address, json=body, headers=self._headers, trust_env=False)


@pytest.fixture(scope="module")
def superuser(base_url: str) -> Account:
    """The superuser, in the API."""
    return Account(base_url, EMAIL)


def entries(reader: Account, action: str, **filters: str) -> list[dict[str, Any]]:
    """What the audit trail tells of an action, the newest first."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    answer = reader.get(f"/v1/audit-entries?action={action}&{query}")
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def numbers_of(visitor: Visitor, *roles: str) -> list[str]:
    """How a form calls some roles."""
    page = visitor.open(f"{USERS}add/").text
    found = re.findall(r'<option value="(\d+)"[^>]*>(customer|staff|admin)</option>', page)
    return [number for number, name in found if name in roles]


def change(visitor: Visitor, account: Account, **fields: Any) -> httpx2.Response:
    """Send the form of an account, with what is to be changed and the rest as it is."""
    roles = numbers_of(visitor, *fields.pop("roles", ["customer"]))
    given = {"email": account.email, "is_active": "on", "groups": roles}
    sent = {name: value for name, value in {**given, **fields}.items() if value is not None}
    return visitor.send_form(f"{USERS}{account.id}/change/", sent)


@pytest.mark.rule("AUTH-05", "SEC-08")
def test_role_that_is_given_holds_at_once_and_is_recorded(
    anne: Visitor, superuser: Account
) -> None:
    bert = Account(anne.base_url)
    before = bert.get("/v1/users").status_code

    changed = change(anne, bert, roles=["customer", "admin"])

    after = bert.get("/v1/users").status_code
    version = bert.get("/v1/users/me").json()["data"]["version"]
    assert "was changed successfully" in changed.text
    assert (before, after, version) == (403, 200, 2)
    (entry,) = entries(superuser, "admin.change_user", object_id=bert.id)
    assert entry["before"] == {"groups": ["customer"]}
    assert entry["after"] == {"groups": ["admin", "customer"]}
    assert entry["actor_id"] == superuser.id


def test_form_that_changes_nothing_leaves_no_entry(anne: Visitor, superuser: Account) -> None:
    bert = Account(anne.base_url)

    saved = change(anne, bert)

    assert "was changed successfully" in saved.text
    assert bert.get("/v1/users/me").json()["data"]["version"] == 1
    assert entries(superuser, "admin.change_user", object_id=bert.id) == []


@pytest.mark.rule("AUTH-11")
def test_account_that_was_inactive_has_to_sign_in_again(anne: Visitor) -> None:
    bert = Account(anne.base_url)

    change(anne, bert, is_active=None)
    while_inactive = [bert.get("/v1/users/me").status_code, bert.sign_in().status_code]
    change(anne, bert)

    assert while_inactive == [401, 401]
    assert bert.get("/v1/users/me").status_code == 401
    assert bert.sign_in().status_code == 201


@pytest.mark.rule("AUTH-11", "SEC-08")
def test_password_that_is_set_ends_every_login_and_is_in_no_entry(
    anne: Visitor, superuser: Account
) -> None:
    bert = Account(anne.base_url)

    answer = anne.send_form(
        f"{USERS}{bert.id}/password/",
        {
            "usable_password": "true",
            "password1": OTHER_PASSWORD,
            "password2": OTHER_PASSWORD,
            "set-password": "Change password",
        },
    )

    assert "Password changed successfully" in answer.text
    assert bert.get("/v1/users/me").status_code == 401
    assert bert.sign_in().status_code == 401
    assert bert.sign_in(OTHER_PASSWORD).status_code == 201
    (entry,) = entries(superuser, "admin.change_user", object_id=bert.id)
    assert entry["before"] == entry["after"] == {"password": "[redacted]"}


@pytest.mark.rule("AUTH-11", "SEC-08")
def test_own_password_that_is_changed_ends_every_login_and_is_recorded(
    anne: Visitor, superuser: Account
) -> None:
    bert = Account(anne.base_url)
    change(anne, bert, is_staff="on")
    with closing(Visitor(anne.base_url)) as visitor:
        visitor.log_in(email=bert.email)
        answer = visitor.send_form(
            "/admin/password_change/",
            {
                "old_password": PASSWORD,
                "new_password1": OTHER_PASSWORD,
                "new_password2": OTHER_PASSWORD,
            },
        )

    assert "Your password was changed" in answer.text
    assert bert.get("/v1/users/me").status_code == 401
    entry, *_ = entries(superuser, "admin.change_user", object_id=bert.id)
    assert entry["actor_id"] == bert.id
    assert entry["after"] == {"password": "[redacted]"}


@pytest.mark.rule("SEC-08")
def test_added_account_is_recorded_and_its_address_is_unique_however_it_is_spelt(
    anne: Visitor,
    superuser: Account,
) -> None:
    fields: dict[str, str | list[str]] = {
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": numbers_of(anne, "customer"),
    }

    added = anne.send_form(f"{USERS}add/", {"email": "Carl@Example.org", **fields})
    again = anne.send_form(f"{USERS}add/", {"email": "CARL@example.org", **fields})

    carl = Account(anne.base_url, "carl@example.org")
    assert "was added successfully" in added.text
    assert "There is an account with this email address." in again.text
    (entry,) = entries(superuser, "admin.add_user", object_id=carl.id)
    assert entry["after"]["email"] == entry["after"]["password"] == "[redacted]"
    assert entry["after"]["groups"] == ["customer"]
    assert entry["before"] == {}


@pytest.mark.rule("SEC-08")
def test_log_in_is_recorded_and_a_refused_one_is_not(base_url: str, superuser: Account) -> None:
    bert = Account(base_url)
    with closing(Visitor(base_url)) as visitor:
        visitor.log_in(email=bert.email, password=OTHER_PASSWORD)
        visitor.log_in(email=bert.email)  # no staff: the pages are not for everybody
        refused = entries(superuser, "admin.log_in", actor_id=bert.id)
        visitor.log_in()

    assert refused == []
    entry, *_ = entries(superuser, "admin.log_in", actor_id=superuser.id)
    assert entry["object_id"] == superuser.id


def test_last_administrator_keeps_the_role() -> None:
    with migrated_database() as url, visited(url, **WITHOUT_LIMITS) as anne:
        anne.log_in()
        herself = Account(anne.base_url, EMAIL)
        told = [
            change(anne, herself, roles=["customer"], is_staff="on").text,
            change(anne, herself, roles=["admin"], is_staff="on", is_active=None).text,
        ]
        still = herself.get("/v1/users").status_code

    assert ["This is the last administrator." in page for page in told] == [True, True]
    assert still == 200


def test_superuser_is_an_administrator(anne: Visitor, superuser: Account) -> None:
    bert = Account(anne.base_url)

    told = change(anne, bert, is_superuser="on")

    assert "A superuser holds the role admin." in told.text
    assert entries(superuser, "admin.change_user", object_id=bert.id) == []


@pytest.mark.rule("AUTH-06")
def test_administrator_who_is_no_superuser_manages_those_who_are_none(
    anne: Visitor, superuser: Account
) -> None:
    bert, carl = Account(anne.base_url), Account(anne.base_url)
    change(anne, bert, roles=["admin"], is_staff="on")
    with closing(Visitor(anne.base_url)) as visitor:
        visitor.log_in(email=bert.email)
        changed = change(visitor, carl, roles=["staff"], is_superuser="on")
        refused = [
            visitor.send_form(f"{USERS}{superuser.id}/change/", {"email": EMAIL}),
            visitor.send_form(
                f"{USERS}{superuser.id}/password/",
                {"password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD},
            ),
        ]

    assert "was changed successfully" in changed.text
    (entry,) = entries(superuser, "admin.change_user", object_id=carl.id)
    assert entry["after"] == {"groups": ["staff"]}
    assert [answer.status_code for answer in refused] == [403, 403]


@pytest.mark.rule("AUTH-06")
def test_staff_without_the_permission_finds_no_accounts(anne: Visitor) -> None:
    bert = Account(anne.base_url)
    change(anne, bert, roles=["staff"], is_staff="on")
    with closing(Visitor(anne.base_url)) as visitor:
        first = visitor.log_in(email=bert.email)
        pages = (USERS, "/admin/accounts/loginrow/", "/admin/audit/auditentryrow/")
        answers = [visitor.open(page).status_code for page in pages]

    assert USERS not in first.text
    assert answers == [403, 403, 403]


def test_nobody_is_deleted(anne: Visitor) -> None:
    bert = Account(anne.base_url)

    answer = anne.send_form(f"{USERS}{bert.id}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert bert.get("/v1/users/me").status_code == 200


@pytest.mark.parametrize("identifier", ["nobody", "01980000-0000-7000-8000-00000000000a"])
def test_account_that_is_not_there_is_said_to_be_missing(anne: Visitor, identifier: str) -> None:
    changed = anne.send_form(f"{USERS}{identifier}/change/", {"email": "bert@example.org"})
    password = anne.send_form(f"{USERS}{identifier}/password/", {"password1": PASSWORD})

    assert re.search(r"with ID .* exist\. Perhaps it was deleted", changed.text)
    assert password.status_code == 404


def test_role_is_shown_and_not_changed(anne: Visitor) -> None:
    page = anne.open("/admin/auth/group/?q=staff").text
    found = re.search(r'href="(/admin/auth/group/\d+/change/)', page)
    assert found is not None

    shown = anne.open(found[1])
    refused = [
        anne.send_form(found[1], {"name": "staff"}),
        anne.send_form(found[1].replace("change", "delete"), {"post": "yes"}),
    ]

    assert "products:write" in shown.text or "users:manage" not in shown.text
    assert 'name="_save"' not in shown.text
    assert [answer.status_code for answer in refused] == [403, 403]


def test_team_has_groups_of_its_own_without_permissions_of_roles(anne: Visitor) -> None:
    form = anne.open("/admin/auth/group/add/").text

    added = anne.send_form("/admin/auth/group/add/", {"name": f"team-{next(_numbers)}"})

    assert "Can view group" in form
    assert "users:manage" not in form
    assert "was added successfully" in added.text


@pytest.mark.rule("AUTH-13")
def test_page_of_a_key_or_an_entry_is_shown_without_secrets_and_changed_by_nobody(
    anne: Visitor,
) -> None:
    owner = Account(anne.base_url)
    made = owner.send("POST", "/v1/api-keys", {"name": "Till 4", "scopes": ["account:read"]})
    pages = {}
    for kind in ("accounts/apikeyrow", "accounts/loginrow", "audit/auditentryrow"):
        listed = anne.open(f"/admin/{kind}/")
        found = re.search(rf'href="(/admin/{kind}/[^"]+/change/)', listed.text)
        assert found is not None
        pages[found[1]] = anne.open(found[1]).text

    answers = [anne.send_form(page, {"name": "x", "action": "x"}) for page in pages]

    assert made.status_code == 201
    assert re.search(r"\b[0-9a-f]{64}\b", "".join(pages.values())) is None
    assert "key_hash" not in "".join(pages.values()).replace("-", "_").lower()
    assert {answer.status_code for answer in answers} == {403}
