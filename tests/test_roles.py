"""What each role may do, where, and whose draft it may act on."""

import pytest

from gridgeo.draft.roles import ACTS, ROLES, User, demand, may, within
from gridgeo.errors import Forbidden

ALLOWED = {
    "administrator": set(ACTS),
    "planner": {"feedback", "draft", "submit", "explain", "drop"},
    "reviewer": {"read_personal", "feedback", "remark", "return", "approve", "publish"},
    "dispatcher": {"read_personal", "feedback"},
    "viewer": set(),
}
COMMUNITY = "411102001001"


@pytest.mark.parametrize("role", ALLOWED)
def test_a_role_may_what_its_line_says_and_nothing_else(role: str):
    assert {act for act in ACTS if may(role, act)} == ALLOWED[role]


def test_there_are_no_other_roles_and_an_unknown_one_may_nothing():
    assert set(ROLES) == set(ALLOWED)
    assert not any(may("chief", act) for act in ACTS)


def test_a_slip_in_the_name_of_an_act_is_an_error_even_for_an_administrator():
    with pytest.raises(ValueError, match="'aprove' is no act; known are read_personal"):
        may("administrator", "aprove")


@pytest.mark.parametrize(
    ("area", "inside"),
    [
        ("", True),
        ("411102", True),
        ("411102001", True),
        (COMMUNITY, True),
        ("411103", False),
        (COMMUNITY + "001", False),
    ],
)
def test_an_area_is_the_beginning_of_community_codes(area: str, inside: bool):
    assert within(area, COMMUNITY) is inside


def test_one_community_outside_the_area_is_enough_to_refuse():
    planner = User("王", "planner", "411102")
    demand(planner, "draft", communities=[COMMUNITY, "411102002001"])
    with pytest.raises(Forbidden, match="community 411103001001 is outside 411102, the area of 王"):
        demand(planner, "draft", communities=[COMMUNITY, "411103001001"])


def test_a_refusal_names_the_roles_that_may():
    with pytest.raises(
        Forbidden, match="王 is planner and may not approve drafts; ask for one of the roles administrator, reviewer"
    ):
        demand(User("王", "planner"), "approve")


def test_a_reviewer_does_not_approve_what_they_wrote_as_a_planner():
    reviewer = User("李", "reviewer")
    demand(reviewer, "approve", author="王")
    demand(reviewer, "return", author="李")
    with pytest.raises(Forbidden, match="李 wrote this draft and may not approve it; ask another reviewer"):
        demand(reviewer, "approve", author="李")


def test_a_planner_drops_drafts_of_their_own_only_and_changes_those_of_others():
    planner = User("王", "planner")
    demand(planner, "drop", author="王")
    demand(planner, "draft", author="张")
    with pytest.raises(Forbidden, match="a planner may drop drafts of their own only, and this one is by 张; ask 张"):
        demand(planner, "drop", author="张")


def test_an_administrator_is_not_held_up_by_authorship():
    administrator = User("root", "administrator")
    for author in ("root", "张"):
        for act in ACTS:
            demand(administrator, act, author=author, communities=["411103001001"])
