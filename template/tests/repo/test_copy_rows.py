"""What the URL of a source says about TLS reaches its driver, or is refused."""

from typing import Any

import pytest

from scripts.copy_rows import Refused, tls_options


@pytest.mark.rule("SEC-06")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://host/old", {}),
        ("mysql://host/old?charset=utf8mb4", {}),
        ("mysql://host/old?ssl_mode=REQUIRED", {"ssl": {"check_hostname": False}}),
        (
            "mysql://host/old?ssl_mode=VERIFY_CA&ssl_ca=/ca.pem",
            {"ssl": {"ca": "/ca.pem", "check_hostname": False}},
        ),
        (
            "mysql://host/old?ssl_mode=VERIFY_IDENTITY&ssl_ca=/ca.pem&ssl_key=/key.pem",
            {"ssl": {"ca": "/ca.pem", "key": "/key.pem", "check_hostname": True}},
        ),
        ("postgresql://host/old?sslmode=verify-full", {"sslmode": "verify-full"}),
        ("sqlite:///old.sqlite3", {}),
    ],
)
def test_tls_that_a_source_asks_for_is_asked_of_its_driver(
    url: str, expected: dict[str, Any]
) -> None:
    assert tls_options(url) == expected


@pytest.mark.rule("SEC-06")
@pytest.mark.parametrize(
    "parameters",
    [
        "ssl_mode=PREFERRED",
        "ssl_ca=/ca.pem",
        "ssl_mode=VERIFY_IDENTITY",
        "ssl_mode=REQUIRED&ssl_ca=/ca.pem",
        "ssl_mode=REQUIRED&ssl_verify_cert=true",
    ],
)
def test_tls_that_would_be_something_else_is_refused(parameters: str) -> None:
    with pytest.raises(Refused, match="ssl_mode"):
        tls_options(f"mysql://canary:s3cret@host/old?{parameters}")
