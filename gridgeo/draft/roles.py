"""Who may do what, and where.

In: a user, an act, the communities it touches. Out: yes, no, or `Forbidden` with a sentence. Before: somebody signed in
(`gridgeo.jobs.sign_in`); next: the act itself. What is published can be read without an account and needs no rule.

============= ========================================================================================
role          may
============= ========================================================================================
administrator everything, everywhere
planner       make, change and submit drafts, explain grids that break a rule, drop drafts of their own
reviewer      read personal data, remark on drafts, return, approve and publish them; but not approve
              a draft that they wrote
dispatcher    read personal data
viewer        what needs no account
============= ========================================================================================

Everybody with an account but viewers may say what an address meant. All but administrators are limited to an area, the
beginning of community codes: county, street or community.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gridgeo.errors import Forbidden

__all__ = ["ACTS", "ADMINISTRATOR", "ROLES", "User", "demand", "may", "within"]

ACTS = {
    "read_personal": "read personal data",
    "feedback": "say what an address meant",
    "draft": "make or change drafts",
    "submit": "submit drafts",
    "remark": "remark on drafts",
    "return": "return drafts",
    "approve": "approve drafts",
    "publish": "publish drafts",
    "drop": "drop drafts",
    "explain": "explain grids that break a rule",
    "manage_accounts": "manage accounts",
}
"""Act → how a sentence says it."""

ADMINISTRATOR = "administrator"

ROLES: dict[str, frozenset[str]] = {
    ADMINISTRATOR: frozenset(ACTS),
    "planner": frozenset({"feedback", "draft", "submit", "explain", "drop"}),
    "reviewer": frozenset({"read_personal", "feedback", "remark", "return", "approve", "publish"}),
    "dispatcher": frozenset({"read_personal", "feedback"}),
    "viewer": frozenset(),
}
"""Role → its acts."""

ONLY_OWN = {("planner", "drop")}
ONLY_OTHERS = {("reviewer", "approve")}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has an account."""

    name: str
    role: str
    """One of `ROLES`."""
    area: str = ""
    """How the codes of their communities begin; "" is everywhere."""


def may(role: str, act: str) -> bool:
    """Tell whether a role may do something at all; area and authors are not judged here.

    Raises
    ------
    ValueError
        If there is no such act: a slip in its name must neither open nor close a door.

    Examples
    --------
    >>> may("planner", "draft"), may("viewer", "draft"), may("administrator", "manage_accounts")
    (True, False, True)
    """
    if act not in ACTS:
        raise ValueError(f"{act!r} is no act; known are {', '.join(ACTS)}")
    return act in ROLES.get(role, frozenset())


def within(area: str, community_code: str) -> bool:
    """Tell whether a community lies in an area.

    Parameters
    ----------
    area : str
        Beginning of community codes; "" is everywhere.
    community_code : str
        Of a community. The code of a grid does as well in the layouts that begin with the whole community code (gb15,
        cjt14), not in mgmt12 and cjt349-20.

    Examples
    --------
    >>> within("411102", "411102001001"), within("411102001002", "411102001001"), within("", "W1")
    (True, False, True)
    """
    return community_code.startswith(area)


def demand(user: User, act: str, *, communities: Iterable[str] = (), author: str | None = None) -> None:
    """Refuse what a user may not do.

    Parameters
    ----------
    user : User
    act : str
        One of `ACTS`.
    communities : iterable of str, keyword-only
        Codes of all communities that the act touches; all must lie in the user's area.
    author : str, keyword-only, optional
        Who wrote the draft that is acted on; without it, rules about authors are not judged.

    Raises
    ------
    Forbidden
        If role, area or authorship do not allow it.
    """
    if not may(user.role, act):
        able = ", ".join(role for role in ROLES if may(role, act))
        raise Forbidden(f"{user.name} is {user.role} and may not {ACTS[act]}; ask for one of the roles {able}")
    outside = next((code for code in communities if not within(user.area, code)), None)
    if outside is not None:
        raise Forbidden(
            f"community {outside} is outside {user.area}, the area of {user.name}; leave it to somebody who has it"
        )
    if author is not None:
        _demand_authorship(user, act, author)


def _demand_authorship(user: User, act: str, author: str) -> None:
    """Refuse what only a draft's author, or only somebody else, may do."""
    case, own = (user.role, act), author == user.name
    if case in ONLY_OWN and not own:
        raise Forbidden(f"a {user.role} may {ACTS[act]} of their own only, and this one is by {author}; ask {author}")
    if case in ONLY_OTHERS and own:
        raise Forbidden(f"{user.name} wrote this draft and may not approve it; ask another reviewer")
