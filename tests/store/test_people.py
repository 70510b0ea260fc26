"""Accounts in both stores: one name each, every change in the audit, and no secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from gridgeo.draft.roles import User
from gridgeo.errors import InputError, NotFoundError
from gridgeo.store import schema
from gridgeo.store.base import Store, copy_store, open_store
from gridgeo.store.digest import chain_digest
from gridgeo.store.people import People

LI, WANG = User("li", "administrator"), User("王", "planner", "411102")
HASH, DIGEST = "$argon2id$hash-of-li", "d" * 64


@pytest.fixture
def people(store: Store) -> People:
    made = People(store)
    made.add(LI, HASH, by="root")
    made.add(WANG, "", by="root")
    return made


def audit_of(store: Store) -> list:
    with store.backend.reading() as connection:
        return connection.execute(select(schema.audit).order_by(schema.audit.c.fid)).all()


def test_an_account_is_found_again_by_its_exact_name(people: People):
    assert people.require("王").user == WANG
    assert people.require("li").password_hash == HASH
    assert people.find("LI") is None
    with pytest.raises(NotFoundError, match="there is no account nobody; gridgeo account list"):
        people.require("nobody")


def test_a_name_is_given_once_also_after_it_was_disabled(people: People):
    people.set_disabled("王", True, by="root")
    for refused in (lambda: people.require_free("王"), lambda: people.add(WANG, "", by="root")):
        with pytest.raises(InputError, match="there is an account 王 already"):
            refused()


def test_accounts_are_listed_with_their_keys_and_without_secrets(people: People):
    first = people.add_key("王", "qgis", DIGEST, by="root")
    second = people.add_key("王", "", "e" * 64, by="root")
    assert people.revoke_key(second, by="root") == "王"
    people.note_use(DIGEST)
    li, wang = people.all()
    assert (li.name, li.password, li.disabled, li.keys) == ("li", True, False, ())
    assert (wang.area, wang.password) == ("411102", False)
    assert [(key.id, key.label, key.revoked, key.used is not None) for key in wang.keys] == [
        (first, "qgis", False, True),
        (second, "", True, False),
    ]
    assert HASH not in repr((li, wang))
    assert DIGEST not in repr((li, wang))


def test_a_key_opens_for_its_account_until_it_is_revoked(people: People):
    number = people.add_key("王", "", DIGEST, by="root")
    assert people.holder(DIGEST).user == WANG
    people.revoke_key(number, by="root")
    assert people.holder(DIGEST) is None
    with pytest.raises(NotFoundError, match=rf"there is no key {number} to revoke"):
        people.revoke_key(number, by="root")


def test_only_an_enabled_administrator_counts_as_one(store: Store):
    people = People(store)
    people.add(WANG, "", by="root")
    assert not people.has_administrator()
    people.add(LI, "", by="root")
    assert people.has_administrator()
    people.set_disabled("li", True, by="root")
    assert not people.has_administrator()
    people.set_disabled("li", False, by="root")
    assert people.has_administrator()


def test_every_change_stands_in_the_audit_chain_and_no_secret_does(people: People, store: Store):
    number = people.add_key("王", "qgis", DIGEST, by="li")
    people.revoke_key(number, by="li")
    people.set_password("王", "$argon2id$hash-of-wang", by="li")
    people.set_disabled("王", True, by="li")
    people.set_disabled("王", False, by="li")
    people.renew_hash(people.require("王"), "$argon2id$stronger")
    rows = audit_of(store)
    assert [(row.actor, row.act, row.what) for row in rows] == [
        ("root", "add account", "account li"),
        ("root", "add account", "account 王"),
        ("li", "make key", "account 王"),
        ("li", "revoke key", "account 王"),
        ("li", "set password", "account 王"),
        ("li", "disable account", "account 王"),
        ("li", "enable account", "account 王"),
        ("王", "rehash password", "account 王"),
    ]
    assert rows[0].detail == {"area": "", "password": True, "role": "administrator"}
    before = "0" * 64
    for row in rows:
        assert row.prev == before
        assert row.digest == chain_digest([row.prev, row.at, row.actor, row.act, row.what, row.detail])
        before = row.digest
    said = repr([row.detail for row in rows])
    assert not any(secret in said for secret in ("argon2", DIGEST, people.secret().hex()))


def test_what_fails_changes_nothing_and_is_not_audited(people: People, store: Store):
    for refused in (
        lambda: people.set_password("nobody", HASH, by="li"),
        lambda: people.set_disabled("nobody", True, by="li"),
        lambda: people.add_key("nobody", "", DIGEST, by="li"),
        lambda: people.revoke_key(99, by="li"),
    ):
        with pytest.raises(NotFoundError):
            refused()
    assert len(audit_of(store)) == 2


def test_a_hash_is_not_renewed_over_a_password_that_was_changed_meanwhile(people: People, store: Store):
    seen = people.require("li")
    people.set_password("li", "$argon2id$new password", by="root")
    people.renew_hash(seen, "$argon2id$old password, stronger")
    assert people.require("li").password_hash == "$argon2id$new password"
    assert audit_of(store)[-1].act == "set password"


def test_the_first_account_makes_the_stores_secret_and_later_ones_keep_it(store: Store):
    people = People(store)
    assert people.secret() is None
    people.add(LI, "", by="root")
    secret = people.secret()
    assert len(secret) == 32
    people.add(WANG, "", by="root")
    assert people.secret() == people.make_secret() == secret


def test_a_copy_has_the_accounts_and_a_secret_of_its_own(people: People, store_url_of, store: Store, tmp_path: Path):
    people.add_key("王", "qgis", DIGEST, by="root")
    copy_store(store_url_of(store), str(tmp_path / "copy.gpkg"))
    with open_store(str(tmp_path / "copy.gpkg")) as copied:
        there = People(copied)
        assert there.all() == people.all()
        assert there.secret() is None
        assert there.make_secret() != people.secret()
