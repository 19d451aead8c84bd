"""Limits on failed logins, counted in PostgreSQL for all server processes together.

Each attempt is counted against three keys: the account at the client address, the client address, and the account. A
key is a leaky bucket (the generic cell rate algorithm): it holds ``limit`` failures, and one leaks every ``window /
limit``, so that a full bucket slows guessing down and never blocks for a whole window. Only ``cleared_at``, the time at
which a bucket is empty again, is stored.

An attempt is counted as failed before its password is verified and discounted after a success, so concurrent attempts
cannot exceed a limit. Few of them are counted at the same time: in a process, attempts at one account from one address
wait for one another, so that many concurrent logins with the right password do not count as failures.

The account's own limit protects against guessing from many addresses. It does not apply to an address that has logged
in to the account before, so its owner is not locked out.
"""

import asyncio
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from weakref import WeakValueDictionary

from graphql_app.errors import RateLimited
from graphql_app.identity.tokens import login_key

IPV6_PREFIX = 64
"""Bits of an IPv6 address that are counted: a /64 is the smallest network that a provider assigns to a customer."""
MESSAGES = 5
"""Messages to one address that can be requested per window, by all clients together."""
DISCOUNT = "SELECT discount_login_attempt($1, $2, $3)"


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """Attempt to log in, as the arguments of the functions in PostgreSQL that count it."""

    keys: Sequence[bytes]
    steps: Sequence[timedelta]
    window: timedelta
    known: timedelta
    turn: asyncio.Semaphore
    """Held from the count until the outcome is decided. Shared by this process's attempts with the same first key."""
    excess: str = "Too many failed logins."
    """First sentence of the error above a limit."""

    def check(self, wait: timedelta | None) -> None:
        """Raise RateLimited if the attempt has to wait."""
        if wait is not None:
            seconds = max(1, math.ceil(wait.total_seconds()))
            raise RateLimited(f"{self.excess} Try again in {seconds} seconds.", seconds)


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """Most failed logins per ``window``: of an account from one address, from one address, and of an account.

    ``known`` is the time for which the last limit does not apply to an address after a login to the account.
    """

    secret: str = field(repr=False)
    account_and_address: int = 10
    address: int = 50
    account: int = 50
    window: timedelta = timedelta(minutes=15)
    known: timedelta = timedelta(days=90)
    turns: WeakValueDictionary[bytes, asyncio.Semaphore] = field(default_factory=WeakValueDictionary, repr=False)
    """Semaphores of accounts at addresses, as long as there are attempts."""

    def attempt(self, account: str, address: str) -> LoginAttempt:
        """Return the attempt to log in to ``account``, a normalized email address, from a client address."""
        network = counted_network(address)
        keys = [self._key("account at address", account, network), self._key("address", network)]
        keys.append(self._key("account", account))
        return self._counted(keys, (self.account_and_address, self.address, self.account))

    def token(self, purpose: str, address: str) -> LoginAttempt:
        """Return the attempt to use a secret token. Only the client address is limited, so that no other is locked out.

        ``purpose`` separates the tokens of different operations, such as refresh tokens.
        """
        network = counted_network(address)
        keys = [self._key("token at address", purpose, network), self._key("address", network)]
        return replace(
            self._counted(keys, (self.account_and_address, self.address)), excess="Too many failed attempts."
        )

    def message(self, email: str, address: str) -> LoginAttempt:
        """Return the request of a message to ``email``, from a client address. It is counted even if it succeeds."""
        keys = [self._key("messages", email), self._key("address", counted_network(address))]
        return replace(self._counted(keys, (MESSAGES, self.address)), excess="Too many messages were requested.")

    def _counted(self, keys: Sequence[bytes], limits: Sequence[int]) -> LoginAttempt:
        # rounded down, so that as many steps as the limit allows fit into the window
        steps = [timedelta(microseconds=self.window // timedelta(microseconds=1) // limit) for limit in limits]
        # half of the limit, so that two processes do not reach it with right passwords
        turn = self.turns.setdefault(keys[0], asyncio.Semaphore(-(-limits[0] // 2)))
        return LoginAttempt(keys, steps, self.window, self.known, turn)

    def _key(self, *parts: str) -> bytes:
        """Return a hash, so that the table contains no address and no input of a wrong field."""
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.digest(login_key(self.secret), text, "sha256")


def counted_network(address: str) -> str:
    """Return the client address, or its /64 network for IPv6, as a text. An invalid address is counted as "".

    An IPv4 address that is mapped into IPv6 is the IPv4 address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Network((int(found), IPV6_PREFIX), strict=False))
    return str(found)
