"""What the agencies handed in stays beside the merged layer, as it was read."""

import shapely
from drawn_city import CRS, agency, drawn, square, squares

from gridgeo.jobs.agency_grids import agency_grids
from gridgeo.jobs.merge import merge_inputs
from gridgeo.tables import AGENCY_GRID, check_table


def test_every_feature_of_every_agency_is_kept_in_the_order_of_the_city_file():
    bow = shapely.Polygon([(0, 0, 5), (1, 1, 5), (1, 0, 5), (0, 1, 5)])
    inputs = drawn([square(0, 0, 2, 1)], agency("b", squares(2, 1)), agency("a", [bow, None, bow], ["1", "2", "1"]))
    kept = agency_grids(inputs)
    check_table(kept, AGENCY_GRID, "agency_grid")
    assert kept[["agency", "agency_name", "source_id"]].values.tolist() == [
        ["b", "b网格", "B0"], ["b", "b网格", "B1"], ["a", "a网格", "1"], ["a", "a网格", "2"], ["a", "a网格", "1"],
    ]  # fmt: skip
    assert kept.crs == CRS
    assert not kept.geometry.iat[2].is_valid  # no repair
    assert not kept.geometry.iat[2].has_z
    assert kept.geometry.iat[3] is None


def test_a_city_without_agencies_has_none():
    kept = agency_grids(drawn([square(0, 0)]))
    check_table(kept, dict.fromkeys(AGENCY_GRID, "text") | {"geometry": "any"}, "agency_grid")
    assert len(kept) == 0


def test_the_crosswalk_speaks_of_grids_that_are_kept():
    result = merge_inputs(
        drawn([square(0, 0, 2, 2)], agency("a", squares(2, 2), base=True), agency("b", squares(2, 1)))
    )
    kept = set(result.agency_grids[["agency", "source_id"]].itertuples(index=False, name=None))
    assert set(result.crosswalk[["agency", "source_id"]].itertuples(index=False, name=None)) <= kept
