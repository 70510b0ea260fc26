"""The city of the address benchmark: the same for the same seed, seamless, with answers that agree with its rows."""

import csv
import json
import sys
from pathlib import Path

import pytest
import shapely

from gridgeo import tables

sys.path.append(str(Path(__file__).parents[1] / "bench"))

from address import Result, table
from address_asking import KINDS
from address_city import City, make_city, write_city
from address_peers import PEERS
from address_queries import make_queries, write_queries
from address_rows import SLOTS
from address_score import distance_m, honesty
from address_truth import Truth

STATUSES = {"sure", "ambiguous", "interpolated", "parent", "outside", "unknown"}
KEYS = {"id", "class", "query", "rows", "grids", "source_grid", "ambiguous", "doubt", "status"}


NOWHERE = ("foreign", "nonsense", "unknown_road", "unknown_estate", "unknown_village")
"""Classes of questions about what the library does not have."""


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(4500, 3)


@pytest.fixture(scope="module")
def answers(city):
    return make_queries(city, 4, per_class=4)


def test_the_same_seed_gives_the_same_city_and_questions(city, answers):
    again = make_city(4500, 3)
    for name in ("id", "text", "grid", "lon", "lat"):
        assert [getattr(r, name) for r in again.rows] == [getattr(r, name) for r in city.rows]
    assert [(p.id, p.name, p.row.id) for p in again.places] == [(p.id, p.name, p.row.id) for p in city.places]
    assert again.grids.geometry.geom_equals_exact(city.grids.geometry, 0).all()
    assert make_queries(again, 4, per_class=4) == answers
    assert make_city(3000, 5).rows[0].text != city.rows[0].text


def test_the_grids_are_one_piece_without_gaps_or_overlaps(city):
    shapes = city.grids.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert len(shapely.coverage_union_all(shapes).interiors) == 0
    assert city.grids["code"].is_unique
    assert city.grids["code"].str.fullmatch("[0-9]{15}").all()
    assert set(city.grids.columns) <= set(tables.GRID)


def test_every_row_and_place_lies_in_its_grid_and_has_a_text_of_its_own(city):
    shape = dict(zip(city.grids["code"], city.grids.geometry, strict=True))
    assert all(shape[t.grid].distance(shapely.Point(t.x, t.y)) < 0.02 for t in [*city.rows, *city.places])
    assert len({r.text for r in city.rows}) == len({r.id for r in city.rows}) == len(city.rows)
    assert abs(len(city.rows) - 4500) < 1200


def test_there_are_questions_of_nearly_every_class_in_the_form_of_the_scorer(answers):
    assert len(KINDS) >= 34
    assert len({a["class"] for a in answers}) >= len(KINDS) - 3
    assert len({a["id"] for a in answers}) == len(answers)
    assert all(set(a) - {"points"} == KEYS for a in answers)
    assert all(a["status"] and set(a["status"]) <= STATUSES for a in answers)


def test_answers_agree_with_the_rows_that_they_hold(city, answers):
    grid_of = {t.id: t.grid for t in [*city.rows, *city.places]}
    codes = set(city.grids["code"])
    for a in answers:
        assert {grid_of[r] for r in a["rows"]} <= set(a["grids"]) <= codes, a["query"]
        assert a["ambiguous"] <= (len(a["grids"]) > 1), a["query"]
        assert not (a["ambiguous"] and (a["doubt"] or "sure" in a["status"])), a["query"]
        assert bool(a["grids"]) == (a["class"] not in NOWHERE), a["query"]


def test_a_row_as_it_stands_has_itself_as_answer(city, answers):
    text = {r.id: r.text for r in city.rows}
    plain = [a for a in answers if a["class"] == "plain"]
    assert plain
    assert all(a["query"] in {text[r] for r in a["rows"]} for a in plain)


def test_consistent_rows_are_exactly_those_whose_slots_are_told(city):
    truth = Truth(city)
    row = truth.by_level["room"][0]
    told = {"est": row.est, "bld": row.bld, "road": row.road}
    by_hand = [r for r in truth.by_level["room"] if all(getattr(r, k) == v for k, v in told.items())]
    assert truth.consistent("room", told) == by_hand


def test_a_dirty_library_means_the_same_places(city):
    dirty = make_city(4500, 3, dirty=0.3)
    clean = {r.text for r in city.rows}
    twins = len(dirty.rows) - len(city.rows)
    assert 0.05 * len(city.rows) < twins < 0.12 * len(city.rows)
    assert 0.7 < sum(r.text in clean for r in dirty.rows) / len(city.rows) < 0.9
    assert len({r.text for r in dirty.rows}) == len(dirty.rows)
    truth = Truth(dirty)
    room = next(r for r in truth.by_level["room"] if r.text not in clean)
    told = {k: getattr(room, k) for k in SLOTS}
    assert {(r.area, r.est, r.bld, r.unit, r.room) for r in truth.consistent("room", told)} == {
        (room.area, room.est, room.bld, room.unit, room.room)
    }


def test_numbers_run_on_where_a_road_leaves_a_district(city):
    areas = {}
    for row in Truth(city).by_family["front"]:
        areas.setdefault(row.road, set()).add(row.area)
    single = Truth(city).single_roads
    assert any(len(found) > 1 for road, found in areas.items() if road in single)


def test_the_files_are_those_that_a_product_reads(city, answers, tmp_path):
    write_city(city, tmp_path)
    write_queries(answers, tmp_path)
    with (tmp_path / "library.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "address", "x", "y"]
    assert all(70 < float(r["x"]) < 140 and 3 < float(r["y"]) < 54 for r in rows)
    lines = (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [a["id"] for a in answers]


@pytest.mark.parametrize("name", ["numpy 1-2-grams", "FTS5 trigrams"])
def test_a_peer_finds_a_text_as_it_stands(city, tmp_path, name):
    texts = [row.text for row in city.rows]
    with PEERS[name](texts, tmp_path) as (ask, size):
        assert [ask(texts[at]) for at in range(0, len(texts), 400)] == list(range(0, len(texts), 400))
        assert ask("") == -1
        assert size >= 0


def said(answer, **more):
    return {"id": answer["id"], "status": "sure", "place_id": "", "code": "", "ms": "2.0", **more}


def test_right_rows_grids_and_points_count_in_the_table(answers):
    right, nothing = Result("right", build_s=1.0), Result("nothing", build_s=4.0)
    for a in answers:
        x, y = a.get("points", [["", ""]])[0]
        row, grid = (a["rows"] or [""])[0], (a["grids"] or [""])[0]
        right.said[a["id"]] = said(a, status=a["status"][0], place_id=row, code=grid, x=x, y=y)
        nothing.said[a["id"]] = said(a, ms="8.0")
    lines = dict(line.strip("| ").split(" | ", 1) for line in table([right, nothing], answers).splitlines()[2:])
    assert lines["plain"] == "4 | 100.0 / 100.0 | 0.0 / 0.0 | +100.0"
    assert lines["junction"].endswith("| 100.0 near | 0.0 near | +100.0")
    assert lines["no address here, answered `sure`, %"].startswith(f"{4 * len(NOWHERE)} | 0.0 | 100.0")
    assert lines["p50 ms"].endswith("× 4")
    assert lines["build s"].split(" | ")[-1] == "× 4"
    assert "contradiction" not in lines
    assert honesty(answers, right.said)["status as wanted"].startswith("100.0 %")


def test_an_answer_without_a_point_is_far_from_everything():
    assert distance_m({"x": "", "y": ""}, [[113.0, 30.0]]) == float("inf")
    assert distance_m({"x": "113.0", "y": "30.001"}, [[113.0, 30.0], [0.0, 0.0]]) == pytest.approx(110.9)
