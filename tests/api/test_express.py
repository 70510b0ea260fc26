"""The plain question takes a shorter way through the server, and nobody can tell from the answer."""

import pytest
import small_city
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgeo.api import express
from gridgeo.crs import from_city

A, B = "411102001001001", "411102001001002"
DATUMS = [None, "CGCS2000", "GCJ-02", "bd09", "EPSG:4547", "epsg:4490", "WGS84"]


@pytest.fixture
def short(app, client, monkeypatch):
    """Ask by the short way; it must have been taken."""
    app.state.watcher.look()
    taken = []
    real = express.locate_point
    monkeypatch.setattr(express, "locate_point", lambda *args, **more: taken.append(1) or real(*args, **more))

    def ask(params, **headers):
        taken.clear()
        answer = client.get("/locate", params=params, headers=headers)
        return answer, bool(taken)

    return ask


def in_the_city(column: float, row: float, crs: str) -> tuple[float, float]:
    x, y = small_city.LEFT + column * small_city.SIDE_M, small_city.BOTTOM + row * small_city.SIDE_M
    lon, lat = from_city(x, y, crs, small_city.CRS)
    return round(float(lon), 9), round(float(lat), 9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.sampled_from([-30.0, 0.0, 0.5, 1.0, 1.25, 2.0, 2.5]), st.sampled_from([0.0, 0.5, 1.0, 1.7, 40.0]),
    st.sampled_from(["EPSG:4547", "EPSG:4490", "GCJ-02", "BD-09"]), st.sampled_from(DATUMS), st.booleans(),
)  # fmt: skip
def test_the_short_way_gives_the_answer_of_the_endpoint(short, column, row, written_in, datum, swapped):
    x, y = in_the_city(column, row, written_in)
    plain = {"x": y if swapped else x, "y": x if swapped else y} | ({} if datum is None else {"datum": datum})
    (quick, taken), (full, taken_again) = short(plain), short({**plain, "at": "1"})
    assert (taken, taken_again) == (True, False)
    assert quick.status_code == full.status_code == 200
    assert (quick.json(), list(quick.json())) == (full.json(), list(full.json()))


def test_headers_are_those_of_the_endpoint(short):
    x, y = in_the_city(0.5, 1.5, "EPSG:4490")
    plain = {"x": x, "y": y, "datum": "CGCS2000"}
    (quick, taken), (full, _) = short(plain), short({**plain, "at": "1"})
    assert taken
    assert {name: value for name, value in full.headers.items() if name != "vary"} == dict(quick.headers)
    again, _ = short(plain, **{"If-None-Match": f'"other", {quick.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", quick.headers["etag"])
    assert short(plain, **{"If-None-Match": '"other"'})[0].status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("x=114&y=33&datm=GCJ-02", 422),
        ("x=114&y=33&at=1", 200),
        ("x=114&x=115&y=33", 200),
        ("x=1e2&y=33", 200),
        ("x=114", 422),
        ("x=nan&y=33", 422),
        ("x=9999999999&y=33", 422),
        ("q=411102001001001", 200),
        ("x=114&y=33&q=411102001001001", 422),
        ("x=114&y=33&datum=", 200),
        ("x=114&y=33&datum=mars", 422),
        ("", 422),
    ],
)
def test_whatever_is_not_plain_is_left_to_the_endpoint(app, client, query, status):
    app.state.watcher.look()
    quick = client.get(f"/locate?{query}")
    app.state.watcher.now = None
    full = client.get(f"/locate?{query}")
    assert (quick.status_code, quick.content) == (full.status_code, full.content)
    assert quick.status_code == status


def test_a_colon_may_be_escaped(short):
    x, y = in_the_city(0.5, 0.5, "EPSG:4547")
    answer, taken = short({"x": x, "y": y, "datum": "EPSG:4547"})
    assert "%3A" in str(answer.request.url)
    assert (taken, answer.json()["code"]) == (True, B)


def test_other_paths_and_methods_are_not_touched(app, client):
    app.state.watcher.look()
    assert client.post("/locate?x=1&y=2").status_code == 405
    assert client.get("/health").json()["status"] == "ok"
