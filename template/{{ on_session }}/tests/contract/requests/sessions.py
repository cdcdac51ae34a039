"""Sessions that are looked at."""

from __future__ import annotations

from tests.contract.requests import EVERYBODY, Access, Call, Key, Prepared
from tests.support.proofs import CURRENT

VALID: Prepared = {("GET", CURRENT): lambda _: Call(CURRENT)}

ACCESS: dict[Key, Access] = {
    ("GET", CURRENT): Access("account:read", EVERYBODY, by_key=False),
}
