"""Signing in: one answer for a wrong name and a wrong password, tokens that end, and five tries."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from argon2 import PasswordHasher

from gridgeo.draft.roles import ROLES, User
from gridgeo.errors import InputError, NotFoundError, SignInError, StoreError
from gridgeo.jobs import people as managing
from gridgeo.jobs.people import add_account, make_key, make_user, set_password
from gridgeo.jobs.sign_in import LOCKOUT, TOKEN_LIFE, TRIES, Doorman
from gridgeo.store.base import Store
from gridgeo.store.people import People

PASSWORD = "柳江路 with a view"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Counting:
    """A hasher that counts what it checks."""

    def __init__(self) -> None:
        self.checked = 0

    def verify(self, kept: str, password: str) -> bool:
        self.checked += 1
        return QUICK.verify(kept, password)

    def __getattr__(self, name: str) -> Any:
        return getattr(QUICK, name)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def people(gpkg_store: Store, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setattr(managing, "HASHER", QUICK)
    made = People(gpkg_store)
    add_account(made, make_user("王", "planner", "411102"), lambda: PASSWORD, by="root")
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doorman(people: People, clock: Clock) -> Doorman:
    return Doorman(people, hasher=QUICK, clock=clock)


def refusal(act: Any, *arguments: Any) -> str:
    with pytest.raises(SignInError) as refused:
        act(*arguments)
    return str(refused.value)


def test_a_password_gives_a_token_and_the_token_the_user(doorman: Doorman, clock: Clock):
    token = doorman.sign_in("王", PASSWORD)
    assert doorman.user_of_token(token.text) == User("王", "planner", "411102")
    assert timedelta(minutes=14, seconds=58) < token.expires - clock.now <= TOKEN_LIFE


def test_a_token_carries_the_name_and_its_end_and_no_role(doorman: Doorman):
    token = doorman.sign_in("王", PASSWORD)
    assert set(jwt.decode(token.text, options={"verify_signature": False})) == {"sub", "exp"}


def test_name_and_password_may_be_typed_in_another_form_of_unicode(people: People, doorman: Doorman):
    name, password = "Zoë", "café au lait, s'il vous plaît"
    add_account(people, make_user(name, "viewer"), lambda: password, by="root")
    typed = [unicodedata.normalize("NFD", text) for text in (name, password)]
    assert doorman.user_of_token(doorman.sign_in(*typed).text).name == unicodedata.normalize("NFC", name)


def test_a_token_ends(doorman: Doorman, clock: Clock):
    clock.now -= TOKEN_LIFE + timedelta(seconds=2)
    token = doorman.sign_in("王", PASSWORD)
    assert refusal(doorman.user_of_token, token.text) == "the token has expired; sign in again"


@pytest.mark.parametrize("claims", [{"sub": "王"}, {"exp": 2**33}, {"sub": 7, "exp": 2**33}, {}])
def test_a_token_without_name_or_end_is_refused(people: People, doorman: Doorman, claims: dict):
    signed = jwt.PyJWS().encode(json.dumps(claims).encode(), people.secret(), "HS256")
    assert "not one of this store" in refusal(doorman.user_of_token, signed)


def test_a_token_signed_by_somebody_else_or_by_nobody_is_refused(people: People, doorman: Doorman):
    claims = {"sub": "王", "exp": 2**33}
    for forged in (
        jwt.encode(claims, b"x" * 32, "HS256"),
        jwt.encode(claims, None, "none"),
        jwt.encode(claims, people.secret() * 2, "HS512"),
        "",
        "abc",
        "a.b.c",
    ):
        assert refusal(doorman.user_of_token, forged) == "the token is not one of this store; sign in again"


def test_no_token_is_good_where_no_account_was_ever_made(gpkg_store: Store):
    doorman = Doorman(People(gpkg_store), hasher=QUICK)
    forged = jwt.encode({"sub": "王", "exp": 2**33}, b"\0" * 32, "HS256")
    assert "not one of this store" in refusal(doorman.user_of_token, forged)


def test_disabling_an_account_ends_its_tokens_and_keys_at_once(people: People, doorman: Doorman):
    token = doorman.sign_in("王", PASSWORD).text
    _, key = make_key(people, "王", by="root")
    people.set_disabled("王", True, by="root")
    assert "disabled" in refusal(doorman.user_of_token, token)
    assert "disabled" in refusal(doorman.user_of_key, key)
    people.set_disabled("王", False, by="root")
    assert doorman.user_of_token(token) == doorman.user_of_key(key)


def test_nobody_learns_from_answer_or_work_which_names_exist(people: People, clock: Clock):
    add_account(people, make_user("program", "dispatcher"), None, by="root")
    add_account(people, make_user("gone", "viewer"), lambda: PASSWORD, by="root")
    people.set_disabled("gone", True, by="root")
    said, work = set(), set()
    for name, password in (
        ("王", "wrong password"),
        ("nobody", PASSWORD),
        ("program", ""),
        ("program", "nobody"),
        ("gone", PASSWORD),
        ("nul\0", PASSWORD),
    ):
        hasher = Counting()
        said.add(refusal(Doorman(people, hasher=hasher, clock=clock).sign_in, name, password))
        work.add(hasher.checked)
    assert said == {"name or password is wrong, or the account is disabled; an administrator can set a new password"}
    assert work == {1}


def test_the_sixth_try_is_refused_even_with_the_right_password(doorman: Doorman, clock: Clock):
    for _ in range(TRIES):
        assert "is wrong" in refusal(doorman.sign_in, "王", "wrong password")
    assert refusal(doorman.sign_in, "王", PASSWORD).startswith("too many failed tries for this name; wait 5 minutes")
    clock.now += LOCKOUT - timedelta(seconds=1)
    assert "too many" in refusal(doorman.sign_in, "王", PASSWORD)
    clock.now += timedelta(seconds=1)
    assert doorman.sign_in("王", PASSWORD)


def test_the_refusal_lasts_its_whole_time_after_the_last_of_five_slow_tries(doorman: Doorman, clock: Clock):
    for _ in range(TRIES):
        clock.now += timedelta(seconds=60)
        refusal(doorman.sign_in, "王", "wrong password")
    clock.now += LOCKOUT - timedelta(seconds=30)
    assert "too many" in refusal(doorman.sign_in, "王", PASSWORD)


def test_a_name_that_does_not_exist_is_locked_like_any_other(doorman: Doorman):
    for _ in range(TRIES):
        refusal(doorman.sign_in, "nobody", "wrong password")
    assert "too many" in refusal(doorman.sign_in, "nobody", "wrong password")
    assert doorman.sign_in("王", PASSWORD), "one name's tries are not another's"


def test_tries_that_are_old_or_were_followed_by_success_do_not_count(doorman: Doorman, clock: Clock):
    for pause in (timedelta(0), LOCKOUT):
        for _ in range(TRIES - 1):
            refusal(doorman.sign_in, "王", "wrong password")
        clock.now += pause
        if not pause:
            assert doorman.sign_in("王", PASSWORD)
    refusal(doorman.sign_in, "王", "wrong password")
    assert doorman.sign_in("王", PASSWORD)


def test_a_password_is_hashed_anew_when_the_parameters_have_changed(people: People, clock: Clock):
    before = people.require("王").password_hash
    assert before.startswith("$argon2id$")
    stronger = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    assert Doorman(people, hasher=stronger, clock=clock).sign_in("王", PASSWORD)
    after = people.require("王").password_hash
    assert (after != before, stronger.check_needs_rehash(after)) == (True, False)
    assert Doorman(people, hasher=stronger, clock=clock).sign_in("王", PASSWORD)
    assert people.require("王").password_hash == after


def test_a_store_that_cannot_be_written_still_signs_people_in(people: People, monkeypatch: pytest.MonkeyPatch):
    def read_only() -> None:
        raise StoreError("store: the file may not be written; check its permissions")

    _, key = make_key(people, "王", by="root")
    doorman = Doorman(people, hasher=PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    monkeypatch.setattr(people.backend, "writing", read_only)
    assert doorman.sign_in("王", PASSWORD)
    doorman.note_use(key)


def test_the_use_of_a_key_is_noted_once_a_day(people: People, doorman: Doorman, clock: Clock):
    _, key = make_key(people, "王", by="root")
    used = []
    for pause in (timedelta(0), timedelta(0), timedelta(days=1)):
        clock.now += pause
        doorman.note_use(key)
        used.append(people.all()[0].keys[0].used)
    assert used[0] == used[1] < used[2]


def test_a_key_is_random_and_the_store_keeps_its_digest_only(people: People, doorman: Doorman, gpkg_store: Store):
    keys = [make_key(people, "王", by="root")[1] for _ in range(3)]
    assert len(set(keys)) == 3
    assert all(key.startswith("gg_") and len(key) >= 43 for key in keys)
    assert doorman.user_of_key(keys[0]).name == "王"
    assert "unknown" in refusal(doorman.user_of_key, keys[0] + "x")
    kept = gpkg_store.backend.path.read_bytes()
    assert not any(key.encode() in kept for key in keys)


@pytest.mark.parametrize(
    ("name", "role", "area", "says"),
    [
        ("", "viewer", "", "is no name of an account"),
        (" li", "viewer", "", "is no name of an account"),
        ("li\n", "viewer", "", "is no name of an account"),
        ("li\0", "viewer", "", "is no name of an account"),
        ("x" * 65, "viewer", "", "is no name of an account"),
        ("li", "chief", "", "'chief' is no role; choose one of administrator, planner, reviewer, dispatcher, viewer"),
        ("li", "planner", "4111 02", "is no area; give the first digits of community codes"),
        ("li", "administrator", "411102", "an administrator is not limited to an area"),
    ],
)
def test_what_cannot_be_an_account_is_refused_with_the_remedy(name: str, role: str, area: str, says: str):
    with pytest.raises(InputError, match=says):
        make_user(name, role, area)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_be_given(role: str):
    assert make_user("李明", role).role == role


@pytest.mark.parametrize("password", ["", "123456789", "x" * 1025])
def test_a_password_that_is_too_short_or_too_long_changes_nothing(people: People, doorman: Doorman, password: str):
    with pytest.raises(InputError, match=f"the password has {len(password)} characters; take at least 10"):
        set_password(people, "王", lambda: password, by="root")
    assert doorman.sign_in("王", PASSWORD)


def test_a_password_that_is_no_text_changes_nothing(people: People, doorman: Doorman):
    with pytest.raises(InputError, match="the password is not text; set the terminal to UTF-8"):
        set_password(people, "王", lambda: "\udcc1\udcf8" * 10, by="root")
    assert doorman.sign_in("王", PASSWORD)


def test_the_password_is_asked_for_only_where_it_will_be_used(people: People):
    def ask() -> str:
        raise AssertionError("asked")

    with pytest.raises(NotFoundError):
        set_password(people, "nobody", ask, by="root")
    with pytest.raises(InputError, match="already"):
        add_account(people, make_user("王", "viewer"), ask, by="root")


def test_a_new_password_takes_the_place_of_the_old_one(people: People, doorman: Doorman):
    set_password(people, "王", lambda: "another sentence", by="root")
    assert "is wrong" in refusal(doorman.sign_in, "王", PASSWORD)
    assert doorman.sign_in("王", "another sentence")
