"""``gridgeo account``: accounts, their passwords, and keys for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from getpass import getpass
from typing import Annotated

import typer

from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.draft.roles import ROLES
from gridgeo.errors import InputError
from gridgeo.jobs.people import add_account, canonical, make_key, make_user, set_password
from gridgeo.jobs.publish import actor
from gridgeo.settings import Settings
from gridgeo.store.base import open_store
from gridgeo.store.people import Account, Key, People

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the account.")]
Url = Annotated[str | None, typer.Option("--store", help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]

LINE = "Make, list and disable accounts, their passwords and the keys of programs."


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(name="account", help=LINE, no_args_is_help=True)
    commands: dict[str, Callable[..., None]] = {
        "add": add, "list": list_all, "disable": disable, "enable": enable, "password": password, "key": key,
        "revoke": revoke,
    }  # fmt: skip
    for name, command in commands.items():
        group.command(name)(fails_plainly(command))
    app.add_typer(group)


def add(
    name: Name,
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    area: Annotated[str, typer.Option(help="How the codes of its communities begin; default: everywhere.")] = "",
    store: Url = None,
    password_stdin: FromStdin = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="For keys only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account; its password is asked for twice."""
    user = make_user(name, role, area)
    if password_stdin and no_password:
        raise InputError("--password-stdin and --no-password exclude each other; give one of them")
    with _people(store) as (people, by):
        add_account(people, user, None if no_password else _asking(password_stdin), by=by)
    if as_json:
        print_json(asdict(user))
    else:
        print(f"made account {user.name}, {user.role}, {_where(user.area)}")


def list_all(store: Url = None, as_json: AsJson = False) -> None:
    """List all accounts with their keys."""
    with _people(store) as (people, _):
        found = people.all()
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        print("\n".join(line for one in found for line in _lines(one)))
    else:
        print("no account yet: make one with gridgeo account add NAME --role administrator")


def disable(name: Name, store: Url = None, as_json: AsJson = False) -> None:
    """Let an account in no more; its tokens and keys are worthless at once."""
    _set_disabled(name, True, store, as_json)


def enable(name: Name, store: Url = None, as_json: AsJson = False) -> None:
    """Let a disabled account in again."""
    _set_disabled(name, False, store, as_json)


def password(name: Name, store: Url = None, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Give an account another password; it is asked for twice."""
    with _people(store) as (people, by):
        set_password(people, name, _asking(password_stdin), by=by)
    if as_json:
        print_json({"name": canonical(name)})
    else:
        print(f"account {canonical(name)} has a new password")


def key(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    store: Url = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for a program and print it, this once."""
    with _people(store) as (people, by):
        number, made = make_key(people, name, label, by=by)
    if as_json:
        print_json({"id": number, "name": canonical(name), "label": label, "key": made})
    else:
        print(made)
        print(f"gridgeo: this is key {number} of {canonical(name)}; it is never shown again", file=sys.stderr)


def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", help="The number of the key.")],
    store: Url = None,
    as_json: AsJson = False,
) -> None:
    """Make a key worthless for ever."""
    with _people(store) as (people, by):
        name = people.revoke_key(number, by=by)
    if as_json:
        print_json({"id": number, "name": name})
    else:
        print(f"key {number} of {name} is revoked")


def _set_disabled(name: str, disabled: bool, store: str | None, as_json: bool) -> None:
    """Disable or enable an account and say so."""
    name = canonical(name)
    with _people(store) as (people, by):
        people.set_disabled(name, disabled, by=by)
    if as_json:
        print_json({"name": name, "disabled": disabled})
    else:
        print(f"account {name} is {'disabled' if disabled else 'enabled'}")


@contextmanager
def _people(store: str | None) -> Iterator[tuple[People, str]]:
    """Open the accounts of a store, and say who acts."""
    settings = Settings()
    with open_store(store or settings.store) as opened:
        yield People(opened), actor(settings.user)


def _asking(from_stdin: bool) -> Callable[[], str]:
    """Return how to get a password; it never stands on the command line, where other users could see it."""
    return _read_password if from_stdin else _ask_password


def _read_password() -> str:
    """Return the first line of standard input."""
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not {error.encoding}; write the password in that encoding") from None


def _ask_password() -> str:
    """Return a password typed twice on the terminal."""
    if not _on_terminal():
        raise InputError("there is no terminal to ask for the password on; pipe it in with --password-stdin")
    first = getpass("password: ")
    if getpass("once more: ") != first:
        raise InputError("the two passwords differ, nothing was changed; try again")
    return first


def _on_terminal() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty()


def _where(area: str) -> str:
    """Return an area as a person reads it."""
    return f"area {area}" if area else "everywhere"


def _lines(one: Account) -> list[str]:
    """Return an account as a person reads it, with a line for each key."""
    state = [] if one.password else ["no password"]
    state += ["disabled"] if one.disabled else []
    return ["  ".join([one.name, one.role, _where(one.area), *state]), *map(_key_line, one.keys)]


def _key_line(key: Key) -> str:
    """Return a key as a person reads it."""
    label = f" {key.label}" if key.label else ""
    used = "revoked" if key.revoked else f"last used {key.used:%Y-%m-%d}" if key.used else "never used"
    return f"  key {key.id}{label}, made {key.made:%Y-%m-%d}, {used}"
