"""Signing in: name and password → a short-lived token; token or key → the user behind it.

In: what a caller shows. Out: a `User`, whose role and area are read from the store each time, so that disabling an
account works at once; or `SignInError` with one sentence, the same for a wrong name and a wrong password.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from gridgeo.draft.roles import User
from gridgeo.errors import SignInError, StoreError
from gridgeo.jobs.people import HASHER, canonical, digest_of
from gridgeo.store.people import Credentials, People

__all__ = ["LOCKOUT", "TOKEN_LIFE", "TRIES", "Doorman", "Token"]

TOKEN_LIFE = timedelta(minutes=15)
TRIES = 5
LOCKOUT = timedelta(minutes=5)
"""So many failed tries of a name in this time, and it is refused for as long."""
ALGORITHM = "HS256"
WRONG = "name or password is wrong, or the account is disabled; an administrator can set a new password"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Token:
    """What somebody shows who has signed in."""

    text: str
    expires: datetime


class Tries:
    """Counts failed tries per name, in this process's memory: a restart forgets them, another process has its own."""

    def __init__(self) -> None:
        self._failed: dict[str, list[datetime]] = {}
        self._lock = Lock()

    def begin(self, name: str, now: datetime) -> None:
        """Count a try as failed until it is `forgive`-n, so that many at once cannot slip by the count.

        Raises
        ------
        SignInError
            If the name has failed too often.
        """
        with self._lock:
            for known in list(self._failed):
                self._forget_old(known, now)
            tries = self._failed.setdefault(name, [])
            if len(tries) >= TRIES:
                minutes = int(LOCKOUT.total_seconds() // 60)
                raise SignInError(f"too many failed tries for this name; wait {minutes} minutes and try again")
            tries.append(now)

    def forgive(self, name: str) -> None:
        """Forget the tries of somebody who got it right."""
        with self._lock:
            self._failed.pop(name, None)

    def _forget_old(self, name: str, now: datetime) -> None:
        """Drop tries that no longer count; a name that is locked stays so until its last try is old."""
        tries = self._failed[name]
        if len(tries) >= TRIES and now - tries[-1] < LOCKOUT:
            return
        self._failed[name] = [at for at in tries if now - at < LOCKOUT]
        if not self._failed[name]:
            del self._failed[name]


class Doorman:
    """Says who somebody is; one per server, shared by all threads.

    Parameters
    ----------
    people : People
    hasher : PasswordHasher, keyword-only
    clock : callable, keyword-only
        Returns the time in UTC.
    """

    def __init__(
        self, people: People, *, hasher: PasswordHasher = HASHER, clock: Callable[[], datetime] = _now
    ) -> None:
        self.people = people
        self._hasher = hasher
        self._clock = clock
        self._tries = Tries()
        self._noted: dict[str, object] = {}

    @cached_property
    def _nobodys_hash(self) -> str:
        """A hash that no password fits, checked where there is no account so that this takes as long."""
        return self._hasher.hash("nobody")

    def sign_in(self, name: str, password: str) -> Token:
        """Check a password and return a token that carries the name only.

        Raises
        ------
        SignInError
            If name and password do not belong together, the account is disabled, or the name failed too often.
        """
        name, password, now = canonical(name), canonical(password), self._clock()
        nobodys = Credentials(User(name, ""), self._nobodys_hash, disabled=True)
        known = self.people.find(name) if "\0" not in name else None  # PostgreSQL takes no NUL in a text
        found = known if known is not None and known.password_hash else nobodys
        self._tries.begin(name, now)
        if not self._fits(found.password_hash, password) or found.disabled:
            raise SignInError(WRONG)
        self._tries.forgive(name)
        self._renew(found, password)
        expires = (now + TOKEN_LIFE).replace(microsecond=0)
        return Token(jwt.encode({"sub": name, "exp": expires}, self.people.make_secret(), ALGORITHM), expires)

    def user_of_token(self, token: str) -> User:
        """Return who shows a token.

        Raises
        ------
        SignInError
            If the token is wrong or has expired, or the account was disabled since.
        """
        secret = self.people.secret()
        try:
            if secret is None:
                raise jwt.InvalidTokenError
            claims = jwt.decode(token, secret, [ALGORITHM], options={"require": ["exp", "sub"]})
        except jwt.ExpiredSignatureError:
            raise SignInError("the token has expired; sign in again") from None
        except jwt.InvalidTokenError:
            raise SignInError("the token is not one of this store; sign in again") from None
        return _enabled(self.people.find(claims["sub"]), "the account of this token is disabled; ask an administrator")

    def user_of_key(self, key: str) -> User:
        """Return whose key a program shows.

        Raises
        ------
        SignInError
            If the key is unknown or revoked, or its account disabled.
        """
        holder = self.people.holder(digest_of(key))
        return _enabled(
            holder, "the key is unknown, revoked or of a disabled account; an administrator can make another"
        )

    def note_use(self, key: str) -> None:
        """Note that a valid key was used today; done once a day, and a store that cannot be written is no obstacle."""
        digest, today = digest_of(key), self._clock().date()
        if self._noted.get(digest) != today:
            self._noted[digest] = today
            with suppress(StoreError):
                self.people.note_use(digest)

    def _fits(self, password_hash: str, password: str) -> bool:
        """Tell whether a password has this hash."""
        try:
            return self._hasher.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False

    def _renew(self, found: Credentials, password: str) -> None:
        """Hash a password anew if the parameters have changed; a store that cannot be written keeps the old hash."""
        if self._hasher.check_needs_rehash(found.password_hash):
            with suppress(StoreError):
                self.people.renew_hash(found, self._hasher.hash(password))


def _enabled(found: Credentials | None, refusal: str) -> User:
    """Return the user of an account that is enabled."""
    if found is None or found.disabled:
        raise SignInError(refusal)
    return found.user
