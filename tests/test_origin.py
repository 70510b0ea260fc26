"""What is told of a feature that others of its own layer cover whole: it counts nowhere, and nobody misses it.

::

    1 +-------+-------+
      |  A0   |  A1   |      A2 is A0 once more, or both together, or a small place inside
      |       |       |
    0 +-------+-------+
      0       1       2
"""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from drawn_city import SIDE_M, agency, drawn, in_every_square, square

from gridgeo.jobs.merge import merge_inputs

WEST, EAST = square(0, 0), square(1, 0)


def swallowed(*shapes: shapely.Polygon) -> gpd.GeoDataFrame:
    """Merge a city of two squares with one agency's shapes; return what is told of those that count nowhere."""
    result = merge_inputs(drawn([square(0, 0, 2, 1)], agency("a", shapes), registers=in_every_square(2, 1, 10)))
    assert result.certificate.seamless, result.certificate.places
    assert result.grids.area_m2.sum() == pytest.approx(2 * SIDE_M**2)
    return result.findings[result.findings["kind"] == "swallowed"]


@pytest.mark.parametrize("third", [WEST, square(0, 0, 2, 1)], ids=["drawn twice", "over both"])
def test_a_feature_that_others_of_its_layer_cover_whole_is_told(third: shapely.Polygon) -> None:
    found = swallowed(WEST, EAST, third)
    assert found["source_id"].tolist() == ["A2"]
    (finding,) = found.itertuples()
    assert (finding.severity, finding.agency) == ("warning", "a")
    assert finding.area_m2 == pytest.approx(third.area)
    assert finding.geometry.symmetric_difference(third).area == pytest.approx(0, abs=0.01)
    assert finding.text == "a网格A2：整个图形被同层其他网格覆盖，合并时不计（重复或包含）"


def test_features_drawn_over_one_another_are_told_one_by_one() -> None:
    both = square(0, 0, 2, 1)
    found = swallowed(WEST, EAST, both, WEST, both)
    assert found["source_id"].tolist() == ["A2", "A3", "A4"]
    for shape, drawn_shape in zip(found.geometry, (both, WEST, both), strict=True):
        assert shape.symmetric_difference(drawn_shape).area == pytest.approx(0, abs=0.01)


def test_features_that_keep_some_ground_are_not_swallowed() -> None:
    assert swallowed(WEST, EAST).empty
    assert swallowed(WEST, square(0.9, 0, 1.1, 1)).empty
    assert swallowed(WEST, EAST, square(0.3, 0.3, 0.3, 0.3)).empty
