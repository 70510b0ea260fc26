"""Streets are named on the map, every piece of them, larger than their communities, so that no tint stands alone.

::

    +----+----+----+----+      four communities of one row each: 甲街道, 乙街道, 乙街道, 甲街道
    | 甲 | 乙 | 乙 | 甲 |
    +----+----+----+----+
"""

from __future__ import annotations

import shapely
import small_city

from gridgeo.render.edition import Edition, new_edition
from gridgeo.render.label import Label
from gridgeo.render.labels import Placing, place_labels, place_units

NAMES = ("甲街道", "乙街道", "乙街道", "甲街道")


def edition_of(streets: tuple[str, ...] = NAMES) -> Edition:
    grids = small_city.grids_of(len(streets), 2)
    communities = small_city.communities_of(grids)
    communities["street"] = list(streets)
    return new_edition(grids, communities, version="V1")


def units_of(edition: Edition, side_mm: float) -> Placing:
    left, bottom, right, top = edition.grids.total_bounds
    window = (left - 50, bottom - 50, right + 50, top + 50)
    return place_units(edition, 100 / side_mm, key_room=20, window=window)


def streets_of(placing: Placing) -> list[Label]:
    return [label for label in placing.labels if label.kind == "street"]


def test_every_piece_of_a_street_has_its_name():
    names = streets_of(units_of(edition_of(), 30))
    assert sorted(label.text for label in names) == ["乙街道", "甲街道", "甲街道"]


def test_a_street_is_named_larger_than_its_communities_and_inside_itself():
    edition = edition_of()
    placing = units_of(edition, 30)
    largest = max(label.size_pt for label in placing.labels if label.kind == "community")
    owner = edition.grids["community_code"].map(dict(zip(edition.communities["code"], NAMES, strict=True)))
    for label in streets_of(placing):
        assert label.size_pt > largest
        street = shapely.union_all(edition.grids.geometry[owner == label.text].to_numpy())
        assert street.covers(shapely.box(*label.box))


def test_one_street_alone_is_named_by_the_title():
    assert streets_of(units_of(edition_of(("甲街道", "甲街道")), 30)) == []


def test_a_piece_without_room_is_listed_by_its_index_square():
    placing = units_of(edition_of(("甲街道", "乙" * 60)), 30)
    assert ("乙" * 60) in {text for _, text in placing.keys}
    assert placing.by_square


def test_streets_beside_numbers_cover_none_of_them():
    placing = place_labels(edition_of(), 100 / 30, key_room=None, streets=True)
    boxes = shapely.box(*placing.boxes.T)
    assert len(streets_of(placing)) == 3
    assert all(not one.intersects(two) for at, one in enumerate(boxes) for two in boxes[at + 1 :])
