"""Accounts and keys in a store: who may sign in, with which role, in which area.

In: an open store; password hashes and digests of keys, never passwords or keys. Out: frozen records. Every change is
one transaction and stands in the audit, which holds no secret. Before: `gridgeo.jobs.people` hashes and checks; next:
`gridgeo.jobs.sign_in` asks who is calling.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from gridgeo.draft.roles import ADMINISTRATOR, User
from gridgeo.errors import InputError, NotFoundError
from gridgeo.store import schema
from gridgeo.store.store import Store
from gridgeo.store.write import append_audit

__all__ = ["Account", "Credentials", "Key", "People"]

SECRET = "token_secret"  # noqa: S105 (its name, not the secret)
"""Key in ``meta``; a copied store makes a secret of its own, so the tokens of one are worth nothing at the other."""
SECRET_BYTES = 32

account, api_key, meta = schema.account, schema.api_key, schema.meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A program's key, without the key."""

    id: int
    label: str
    made: datetime
    used: datetime | None
    """First use on the last day it was used, UTC; None before any."""
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as administrators see it."""

    name: str
    role: str
    area: str
    made: datetime
    disabled: bool
    password: bool
    """Whether there is one; an account without can only use keys."""
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves who somebody is."""

    user: User
    password_hash: str
    """Argon2id; "" if there is no password."""
    disabled: bool


class People:
    """The accounts of an open store.

    Parameters
    ----------
    store : Store
        Open; the caller closes it.
    """

    def __init__(self, store: Store) -> None:
        self.backend = store.backend

    def add(self, user: User, password_hash: str, *, by: str) -> None:
        """Make an account, and with the first one the secret that signs tokens.

        Raises
        ------
        InputError
            If the name is taken.
        """
        with self.backend.writing() as connection:
            _refuse_taken(connection, user.name)
            connection.execute(
                insert(account).values(
                    name=user.name,
                    role=user.role,
                    area=user.area,
                    password_hash=password_hash,
                    made=datetime.now(UTC),
                    disabled=0,
                )
            )
            _make_secret(connection)
            detail = {"area": user.area, "password": bool(password_hash), "role": user.role}
            _tell(connection, "add account", user.name, detail, by)

    def require_free(self, name: str) -> None:
        """Refuse a name that is taken.

        Raises
        ------
        InputError
            If there is such an account, enabled or not.
        """
        with self.backend.reading() as connection:
            _refuse_taken(connection, name)

    def all(self) -> tuple[Account, ...]:
        """Return every account with its keys, in order of name."""
        with self.backend.reading() as connection:
            keys: dict[int, list[Key]] = {}
            for row in connection.execute(select(api_key).order_by(api_key.c.fid)):
                keys.setdefault(row.account, []).append(_key(row))
            rows = connection.execute(select(account).order_by(account.c.name)).all()
        return tuple(_account(row, tuple(keys.get(row.fid, ()))) for row in rows)

    def find(self, name: str) -> Credentials | None:
        """Return what proves that somebody is `name`; None if there is no such account."""
        with self.backend.reading() as connection:
            row = connection.execute(select(account).where(account.c.name == name)).first()
        return None if row is None else _credentials(row)

    def require(self, name: str) -> Credentials:
        """Return what proves that somebody is `name`.

        Raises
        ------
        NotFoundError
            If there is no such account.
        """
        found = self.find(name)
        if found is None:
            raise _no_account(name)
        return found

    def set_password(self, name: str, password_hash: str, *, by: str) -> None:
        """Put another password hash in place of the one before.

        Raises
        ------
        NotFoundError
            If there is no such account.
        """
        self._change(name, {"password_hash": password_hash}, "set password", by)

    def renew_hash(self, found: Credentials, password_hash: str) -> None:
        """Put a hash with newer parameters in place of the one found, unless the password was changed meanwhile."""
        name = found.user.name
        same = account.c.name == name, account.c.password_hash == found.password_hash
        with self.backend.writing() as connection:
            if connection.execute(update(account).where(*same).values(password_hash=password_hash)).rowcount:
                _tell(connection, "rehash password", name, {}, name)

    def set_disabled(self, name: str, disabled: bool, *, by: str) -> None:
        """Disable an account with all its tokens and keys, or let it in again.

        Raises
        ------
        NotFoundError
            If there is no such account.
        """
        self._change(name, {"disabled": int(disabled)}, "disable account" if disabled else "enable account", by)

    def add_key(self, name: str, label: str, digest: str, *, by: str) -> int:
        """Keep the SHA-256 of a new key and return the key's number.

        Raises
        ------
        NotFoundError
            If there is no such account.
        """
        with self.backend.writing() as connection:
            owner = _number(connection, name)
            values = {"account": owner, "label": label, "digest": digest, "made": datetime.now(UTC), "revoked": 0}
            key = connection.execute(insert(api_key).values(**values).returning(api_key.c.fid)).scalar_one()
            _tell(connection, "make key", name, {"key": key, "label": label}, by)
        return int(key)

    def revoke_key(self, key: int, *, by: str) -> str:
        """Make a key worthless for ever and return the name of its account.

        Raises
        ------
        NotFoundError
            If there is no such key, or it was revoked before.
        """
        with self.backend.writing() as connection:
            held = select(account.c.name).join(api_key, api_key.c.account == account.c.fid)
            name = connection.execute(held.where(api_key.c.fid == key, api_key.c.revoked == 0)).scalar_one_or_none()
            if name is None:
                raise NotFoundError(f"there is no key {key} to revoke; gridgeo account list tells the numbers of all")
            connection.execute(update(api_key).where(api_key.c.fid == key).values(revoked=1))
            _tell(connection, "revoke key", name, {"key": key}, by)
        return str(name)

    def holder(self, digest: str) -> Credentials | None:
        """Return whose key has this SHA-256; None if none has, or it was revoked."""
        query = select(account).join(api_key, api_key.c.account == account.c.fid)
        with self.backend.reading() as connection:
            row = connection.execute(query.where(api_key.c.digest == digest, api_key.c.revoked == 0)).first()
        return None if row is None else _credentials(row)

    def note_use(self, digest: str) -> None:
        """Note that a key is in use now; this is no change of an account and not audited."""
        with self.backend.writing() as connection:
            connection.execute(update(api_key).where(api_key.c.digest == digest).values(used=datetime.now(UTC)))

    def secret(self) -> bytes | None:
        """Return the 256 bits that sign this store's tokens; None if no token was ever signed here."""
        with self.backend.reading() as connection:
            kept = connection.execute(select(meta.c.value).where(meta.c.key == SECRET)).scalar_one_or_none()
        return None if kept is None else bytes.fromhex(kept)

    def make_secret(self) -> bytes:
        """Return the secret; a store that was copied with its accounts makes it now."""
        kept = self.secret()
        if kept is None:
            with self.backend.writing() as connection:
                kept = _make_secret(connection)
        return kept

    def has_administrator(self) -> bool:
        """Tell whether there is an administrator who is not disabled."""
        able = select(func.count()).where(account.c.role == ADMINISTRATOR, account.c.disabled == 0)
        with self.backend.reading() as connection:
            return bool(connection.execute(able).scalar_one())

    def _change(self, name: str, values: Mapping[str, Any], act: str, by: str) -> None:
        """Change columns of an account and tell the audit that, not what."""
        with self.backend.writing() as connection:
            connection.execute(update(account).where(account.c.fid == _number(connection, name)).values(**values))
            _tell(connection, act, name, {}, by)


def _number(connection: Connection, name: str) -> int:
    """Return the row number of an account."""
    found = connection.execute(select(account.c.fid).where(account.c.name == name)).scalar_one_or_none()
    if found is None:
        raise _no_account(name)
    return int(found)


def _no_account(name: str) -> NotFoundError:
    """Return what to say about a name without account."""
    return NotFoundError(f"there is no account {name}; gridgeo account list tells all of them")


def _refuse_taken(connection: Connection, name: str) -> None:
    """Raise if there is an account of this name."""
    if connection.execute(select(account.c.fid).where(account.c.name == name)).first() is not None:
        raise InputError(
            f"there is an account {name} already; choose another name, or change that one with gridgeo account "
            "password, enable or disable"
        )


def _make_secret(connection: Connection) -> bytes:
    """Return the secret that signs tokens, and make it if there is none."""
    kept = connection.execute(select(meta.c.value).where(meta.c.key == SECRET)).scalar_one_or_none()
    if kept is None:
        kept = secrets.token_hex(SECRET_BYTES)
        connection.execute(insert(meta).values(key=SECRET, value=kept))
    return bytes.fromhex(kept)


def _tell(connection: Connection, act: str, name: str, detail: Mapping[str, Any], by: str) -> None:
    """Append a change to the audit."""
    now = datetime.now(UTC)
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    append_audit(connection, {"at": at, "actor": by, "act": act, "what": f"account {name}", "detail": dict(detail)})


def _credentials(row: Row[Any]) -> Credentials:
    """Return an account's row as what proves who somebody is."""
    return Credentials(User(row.name, row.role, row.area), row.password_hash, bool(row.disabled))


def _account(row: Row[Any], keys: tuple[Key, ...]) -> Account:
    """Return an account's row as administrators see it."""
    return Account(
        name=row.name,
        role=row.role,
        area=row.area,
        made=row.made,
        disabled=bool(row.disabled),
        password=bool(row.password_hash),
        keys=keys,
    )


def _key(row: Row[Any]) -> Key:
    """Return a key's row without its digest."""
    return Key(id=row.fid, label=row.label, made=row.made, used=row.used, revoked=bool(row.revoked))
