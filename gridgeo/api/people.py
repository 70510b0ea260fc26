"""``/sign-in`` and ``/me``, and what other endpoints ask for to know who is calling.

In: ``Authorization: Bearer TOKEN`` or ``X-API-Key: KEY``. Out: a `User`, or 401 and 403 with a sentence. An endpoint
that asks for nobody is public and does not look at either header. Where an act touches communities or somebody's draft,
the endpoint calls `gridgeo.draft.roles.demand` with them besides.

Examples
--------
``SignedIn`` is anybody with an account, ``Caller`` may also be nobody (None), ``require`` asks for an act::

    @router.post("/drafts", responses=CLOSED)
    def open_draft(user: Annotated[User, require("draft")]) -> Draft: ...
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from gridgeo.api.errors import CLOSED
from gridgeo.draft.roles import ROLES, User, demand, may
from gridgeo.errors import SignInError
from gridgeo.jobs.people import LONGEST_NAME, LONGEST_PASSWORD
from gridgeo.jobs.sign_in import Doorman
from gridgeo.store.base import Store
from gridgeo.store.people import People

__all__ = ["Caller", "Door", "SignedIn", "require", "router"]

router = APIRouter(tags=["people"])

TOKEN = HTTPBearer(auto_error=False, description="The token of POST /sign-in")
KEY = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key made by: gridgeo account key NAME")
CHECKS_AT_ONCE = 2
"""Each takes 64 MiB and a core for some tenths of a second; more wait without holding a thread that readers need."""


class Door:
    """The doorman of one store, and how many may stand before him at once."""

    def __init__(self, store: Store) -> None:
        self.man = Doorman(People(store))
        self.limit = CapacityLimiter(CHECKS_AT_ONCE)


def get_door(request: Request) -> Door:
    """Return the app's door."""
    return request.app.state.door


AtDoor = Annotated[Door, Depends(get_door)]


def _caller(
    request: Request,
    background: BackgroundTasks,
    door: AtDoor,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(TOKEN)],
    key: Annotated[str | None, Depends(KEY)],
) -> User | None:
    """Return who is calling; a token or key that is not right is refused, never taken for nobody."""
    shown = [name for name in ("authorization", "x-api-key") if name in request.headers]
    if not shown:
        return None
    if len(shown) > 1:
        raise SignInError("both Authorization and X-API-Key were sent; send one of them")
    if token:
        return door.man.user_of_token(token.credentials)
    if key:
        user = door.man.user_of_key(key)
        background.add_task(door.man.note_use, key)
        return user
    raise SignInError("nothing to sign in with; send Authorization: Bearer TOKEN or X-API-Key: KEY")


Caller = Annotated[User | None, Depends(_caller)]
"""Who is calling; None without token and key."""


def _signed_in(caller: Caller) -> User:
    """Return who is calling, and refuse nobody."""
    if caller is None:
        raise SignInError("this needs an account; POST /sign-in gives a token, or send X-API-Key")
    return caller


SignedIn = Annotated[User, Depends(_signed_in)]
"""Who is calling; anybody with an account."""


def require(act: str) -> Any:
    """Return the dependency that lets only users through whose role may do something.

    Parameters
    ----------
    act : str
        One of `gridgeo.draft.roles.ACTS`.

    Returns
    -------
    Depends
        Gives the `User`; answers 401 without account, 403 with another role.

    Raises
    ------
    ValueError
        If there is no such act.
    """
    may("", act)  # a slip in the act's name shows when the program starts

    def able(user: SignedIn) -> User:
        demand(user, act)
        return user

    return Depends(able)


class Entry(BaseModel):
    """What ``/sign-in`` asks for."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    password: str = Field(max_length=LONGEST_PASSWORD)


class Pass(BaseModel):
    """Answer of ``/sign-in``."""

    token: str = Field(description="Send it as: Authorization: Bearer TOKEN")
    expires: datetime


class Me(BaseModel):
    """Answer of ``/me``."""

    name: str
    role: str
    area: str = Field(description="How the codes of their communities begin; empty is everywhere.")
    acts: list[str] = Field(description="What the role may do.")


@router.post("/sign-in", responses={401: CLOSED[401]})
async def sign_in(entry: Entry, door: AtDoor, response: Response) -> Pass:
    """Give a token for a name and a password; it is good for 15 minutes."""
    check = partial(door.man.sign_in, entry.name, entry.password)
    token = await to_thread.run_sync(check, limiter=door.limit)
    response.headers["Cache-Control"] = "no-store"
    return Pass(token=token.text, expires=token.expires)


@router.get("/me", responses={401: CLOSED[401]})
def get_me(user: SignedIn, response: Response) -> Me:
    """Say who is signed in, and what they may do."""
    response.headers["Cache-Control"] = "no-store"
    return Me(name=user.name, role=user.role, area=user.area, acts=sorted(ROLES.get(user.role, ())))
