"""Managing accounts: what a name, a password and a key must be, before they go into the store.

In: what an administrator typed. Out: rows of `gridgeo.store.people`, with passwords as argon2id hashes and keys as
SHA-256 digests. Next: `gridgeo.jobs.sign_in`.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable

from argon2 import PasswordHasher

from gridgeo.draft.roles import ADMINISTRATOR, ROLES, User
from gridgeo.errors import InputError
from gridgeo.store.people import People

__all__ = [
    "HASHER", "LONGEST_NAME", "LONGEST_PASSWORD", "add_account", "canonical", "digest_of", "make_key", "make_user",
    "set_password",
]  # fmt: skip

HASHER = PasswordHasher()
"""Argon2id with the library's parameters: RFC 9106's second choice, 64 MiB and three passes."""
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024
LONGEST_NAME = 64
KEY_BYTES = 32
"""A key is 256 random bits, so a plain SHA-256 of it cannot be guessed back."""
KEY_PREFIX = "gg_"
"""Lets people and secret scanners see what it is."""


def canonical(text: str) -> str:
    """Return a name or password in the one form (NFC) in which keyboards may write it differently."""
    return unicodedata.normalize("NFC", text)


def make_user(name: str, role: str, area: str = "") -> User:
    """Check what is to become an account.

    Raises
    ------
    InputError
        If name, role or area cannot be used.
    """
    name = canonical(name)
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise InputError(
            f"{name[:LONGEST_NAME]!r} is no name of an account; take 1 to {LONGEST_NAME} characters without a blank at "
            "the ends"
        )
    if role not in ROLES:
        raise InputError(f"{role!r} is no role; choose one of {', '.join(ROLES)}")
    if not area.isprintable() or " " in area or len(area) > LONGEST_NAME:
        raise InputError(f"{area!r} is no area; give the first digits of community codes, such as 411102 for a county")
    if role == ADMINISTRATOR and area:
        raise InputError("an administrator is not limited to an area; leave --area out or choose another role")
    return User(name, role, area)


def add_account(people: People, user: User, ask: Callable[[], str] | None, *, by: str) -> None:
    """Make an account.

    Parameters
    ----------
    people : People
    user : User
        From `make_user`.
    ask : callable, optional
        Returns the password; called only once the name is known to be free. None makes an account for keys only.
    by : str, keyword-only
        Who makes it, for the audit.

    Raises
    ------
    InputError
        If the name is taken or the password too short.
    """
    people.require_free(user.name)
    people.add(user, "" if ask is None else _hash(ask()), by=by)


def set_password(people: People, name: str, ask: Callable[[], str], *, by: str) -> None:
    """Give an account another password; `ask` is called only once the account is known to exist.

    Raises
    ------
    NotFoundError
        If there is no such account.
    InputError
        If the password is too short.
    """
    name = canonical(name)
    people.require(name)
    people.set_password(name, _hash(ask()), by=by)


def make_key(people: People, name: str, label: str = "", *, by: str) -> tuple[int, str]:
    """Make a key for a program and return its number and the key, which can never be told again.

    Raises
    ------
    NotFoundError
        If there is no such account.
    InputError
        If the label cannot be used.
    """
    if len(label) > LONGEST_NAME or not label.isprintable():
        raise InputError(f"{label[:LONGEST_NAME]!r} is no label; take at most {LONGEST_NAME} printable characters")
    key = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    return people.add_key(canonical(name), label, digest_of(key), by=by), key


def digest_of(key: str) -> str:
    """Return the SHA-256 of a key, which is all that the store knows of it."""
    return hashlib.sha256(key.encode()).hexdigest()


def _hash(password: str) -> str:
    """Return the hash of a password that is long enough."""
    password = canonical(password)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(
            f"the password has {len(password)} characters; take at least {SHORTEST_PASSWORD} and at most "
            f"{LONGEST_PASSWORD}, a sentence is easy to remember"
        )
    try:
        return HASHER.hash(password)
    except UnicodeEncodeError:  # what a terminal of another encoding hands on
        raise InputError("the password is not text; set the terminal to UTF-8 and type it again") from None
