"""Drafts over HTTP: who may do what, conflicts as 409, refusals with the place."""

from __future__ import annotations

import pytest

from gridgeo.jobs.people import add_account, make_key, make_user
from gridgeo.store.people import People

A, B, C = "411102001001001", "411102001001002", "411102001002001"
METRES = "EPSG:4547"
SPLIT = {"op": "split", "code": A, "line": "LINESTRING (499990 3700150, 500110 3700160)"}
PEOPLE = (
    ("boss", "administrator", ""),
    ("li", "planner", "411102001"),
    ("east", "planner", "411102001002"),
    ("wang", "reviewer", ""),
    ("zhou", "dispatcher", ""),
    ("see", "viewer", ""),
)


@pytest.fixture
def post(client, served):
    """Post JSON as somebody; return status and answer."""
    people, keys = People(served), {}
    for name, role, area in PEOPLE:
        add_account(people, make_user(name, role, area), None, by="tester")
        keys[name] = make_key(people, name, label="test", by="tester")[1]

    def send(who: str, path: str, body: dict | None = None, method: str = "POST"):
        headers = {"X-API-Key": keys[who]} if who else {}
        answer = client.request(method, path, json=body, headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    return send


@pytest.fixture
def draft(post) -> int:
    """A draft of li with the north-western grid split."""
    status, made = post("li", "/drafts", {"title": "拆分"})
    assert status == 201
    status, answer = post("li", f"/drafts/{made['number']}/changes", {"change": SPLIT, "crs": METRES})
    assert status == 200, answer
    return made["number"]


def test_a_draft_goes_from_planner_to_reviewer_to_a_version(post, draft, ask):
    assert post("li", f"/drafts/{draft}/submit")[0] == 200
    assert post("wang", f"/drafts/{draft}/return", {"text": "线再直些", "codes": [A]})[0] == 200
    status, shown = post("li", f"/drafts/{draft}", method="GET")
    assert (status, shown["notes"][0]["text"], shown["draft"]["state"]) == (200, "线再直些", "returned")
    assert post("li", f"/drafts/{draft}/remarks/{shown['notes'][0]['number']}/settle")[0] == 204
    assert post("li", f"/drafts/{draft}/submit")[0] == 200
    assert post("wang", f"/drafts/{draft}/approve")[0] == 200
    status, done = post("wang", f"/drafts/{draft}/publish", {"why": "户数过多"})
    assert (status, done["seq"]) == (200, 2)
    assert ask("/grids")["numberMatched"] == 5


def test_without_an_account_nothing_of_drafts_is_shown(post, draft):
    for path in ("/drafts", f"/drafts/{draft}", f"/drafts/{draft}/grids"):
        assert post("", path, method="GET")[0] == 401
        assert post("see", path, method="GET")[0] == 403
        assert post("zhou", path, method="GET")[0] == 200
    assert post("", "/drafts", {"title": "x"})[0] == 401
    assert post("zhou", "/drafts", {"title": "x"})[0] == 403


def test_roles_areas_and_authors_are_kept(post, draft):
    status, refused = post("east", f"/drafts/{draft}/changes", {"change": SPLIT, "crs": METRES})
    assert status in (403, 422)
    status, refused = post("east", f"/drafts/{draft}/changes", {"change": {"op": "rename", "code": B, "name": "x"}})
    assert (status, refused["title"]) == (403, "Forbidden")
    assert "outside 411102001002" in refused["detail"]
    assert post("east", f"/drafts/{draft}/undo")[0] == 403
    assert post("east", f"/drafts/{draft}/drop")[0] == 403
    assert post("li", f"/drafts/{draft}/submit")[0] == 200
    assert post("li", f"/drafts/{draft}/approve")[0] == 403
    assert post("li", f"/drafts/{draft}/publish")[0] == 403


def test_an_administrator_may_do_everything(post, draft):
    for act in ("submit", "approve", "publish"):
        assert post("boss", f"/drafts/{draft}/{act}")[0] == 200


def test_a_dry_run_writes_nothing(post, draft):
    before = post("li", f"/drafts/{draft}", method="GET")[1]
    merge = {"change": {"op": "merge", "codes": [A, "411102001001~0001"]}, "dry_run": True}
    status, answer = post("li", f"/drafts/{draft}/changes", merge)
    assert status == 200
    assert {row["code"]: row["became"] for row in answer["effect"]["grids"]}["411102001001~0001"] == "gone"
    assert post("li", f"/drafts/{draft}", method="GET")[1] == before
    assert post("li", "/changes", {"change": {"op": "rename", "code": A, "name": "北"}})[0] == 200


def test_a_refusal_says_kind_place_and_offer(post, draft):
    part = "POLYGON ((500010 3699990, 500020 3699990, 500020 3700110, 500010 3700110, 500010 3699990))"
    change = {"op": "transfer", "source": B, "target": A, "area": part}
    status, refused = post("li", f"/drafts/{draft}/changes", {"change": change, "crs": METRES})
    assert (status, refused["title"]) == (422, "Refusal")
    assert refused["faults"][0]["kind"] == "not_contiguous"
    assert refused["faults"][0]["offer"] == "absorb"
    assert 500000 < float(refused["faults"][0]["x"]) < 500100
    assert post("li", f"/drafts/{draft}/changes", {"change": change | {"absorb": True}, "crs": METRES})[0] == 200


def test_an_older_revision_is_409_with_what_was_done(post, draft):
    change = {"change": {"op": "lock", "code": A, "reason": "x"}, "revision": 1}
    status, refused = post("li", f"/drafts/{draft}/changes", change)
    assert (status, refused["title"]) == (409, "VersionConflict")
    assert "li did split" in refused["detail"]


def test_two_planners_on_one_grid_is_409_with_the_grid(post, draft):
    other = post("boss", "/drafts", {"title": "改名"})[1]["number"]
    post("boss", f"/drafts/{other}/changes", {"change": {"op": "rename", "code": A, "name": "西北网格"}})
    for number in (other, draft):
        post("boss", f"/drafts/{number}/submit")
        post("boss", f"/drafts/{number}/approve")
    assert post("boss", f"/drafts/{other}/publish")[0] == 200
    for act in ("publish", "rebase"):
        status, refused = post("boss", f"/drafts/{draft}/{act}")
        assert status == 409
        assert [fault["code"] for fault in refused["faults"]] == [A]


def test_geometry_is_in_degrees_unless_said_otherwise(post, draft, ask):
    ring = ask("/grids/" + C)["geometry"]["coordinates"][0]
    west, east = min(x for x, _ in ring), max(x for x, _ in ring)
    y = sum(y for _, y in ring[:4]) / 4
    line = {"type": "LineString", "coordinates": [[west - 1e-4, y], [east + 1e-4, y]]}
    status, answer = post("boss", "/changes", {"change": {"op": "split", "code": C, "line": line}})
    assert status == 200, answer
    assert {row["became"] for row in answer["effect"]["grids"]} >= {"new", "changed"}
    shown = post("li", f"/drafts/{draft}/grids", method="GET")[1]["features"]
    assert {feature["id"] for feature in shown} == {A, "411102001001~0001", C}
    lon, lat = shown[0]["geometry"]["coordinates"][0][0]
    assert (round(lon), round(lat)) == (round(west), round(y))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"change": {"op": "fly"}}, "there is no operation 'fly'"),
        ({"change": {"op": "split", "code": A}}, "'line' is missing"),
        ({"change": {"op": "split", "code": A, "line": "LINE (1 2)"}}, "neither GeoJSON nor WKT"),
        ({"change": {"op": "split", "code": A, "line": SPLIT["line"]}, "crs": "EPSG:1"}, "EPSG:1"),
        ({"change": {"op": "rename", "code": A, "name": "x"}, "sure": True}, "sure"),
    ],
)
def test_a_change_that_cannot_be_read_is_422(post, draft, body, words):
    status, refused = post("li", f"/drafts/{draft}/changes", body)
    assert status == 422
    assert words in refused["detail"]
