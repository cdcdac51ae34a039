"""Who tests are, to the service: an account, and a caller who signs in with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field

import httpx2

from tests.support.proofs import LOGINS, SHOWN, proof_in, seconds_good

PASSWORD = "only for tests: a long passphrase"


@dataclass(frozen=True)
class Account:
    """What somebody signs in with."""

    email: str
    password: str = field(default=PASSWORD, repr=False)


class SignedIn(httpx2.Auth):
    """Shows with each request that an account has signed in, and signs in again before that ends.

    Services on one database with one secret know one another's callers, so it may be used for several. A
    request that brings credentials of its own is sent as it is.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._guard = threading.Lock()
        self._proof: dict[str, str] = {}
        self._good_until = 0.0

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Add the headers."""
        if not SHOWN & request.headers.keys():
            proof = self.proof(f"{request.url.scheme}://{request.url.netloc.decode()}")
            for name in proof.keys() - request.headers.keys():
                request.headers[name] = proof[name]
        yield request

    def proof(self, base_url: str) -> dict[str, str]:
        """Headers that are good for a while, if need be new ones of this service.

        Raises:
            RuntimeError: the service lets this account not in.
        """
        with self._guard:
            if time.monotonic() > self._good_until:
                sent = {"email": self.account.email, "password": self.account.password}
                asked = time.monotonic()
                answer = httpx2.post(f"{base_url}{LOGINS}", json=sent, timeout=30, trust_env=False)
                if answer.status_code != 201:
                    raise RuntimeError(f"{self.account.email} cannot sign in: {answer.text}")
                self._proof = proof_in(answer)
                self._good_until = asked + seconds_good(answer)
            return self._proof
