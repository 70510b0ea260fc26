"""A constant shift is found, measured and proven; noise, drawing style and other meanings are no shift."""

import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from gridgeo.intake.borders import Borders, Reference, sample_borders
from gridgeo.intake.registration import Registration, border_evidence, register_shift

sys.path.insert(0, str(Path(__file__).parent))

import lattice

SEEDS = (1, 2, 3, 4)


def borders_of(features) -> Borders:
    return sample_borders(features.geometry.to_numpy(), 20_000)


def registered(seed: int, dx: float, dy: float, noise_m: float, accuracy_m: float = 15.0) -> Registration | None:
    grids = lattice.grids(seed, noise_m=noise_m)
    borders = borders_of(grids).moved(dx, dy)
    return register_shift(borders, Reference(lattice.communities(seed).geometry.to_numpy()), accuracy_m=accuracy_m)


@pytest.mark.parametrize("seed", SEEDS)
def test_shift_of_metres_is_proven_under_noise_of_six_metres(seed):
    found = registered(seed, 2.4, 1.6, noise_m=6.0)
    assert found is not None
    assert found.significant
    assert np.hypot(found.dx_m - 2.4, found.dy_m - 1.6) < 4 * found.error_m
    assert found.error_m < 0.4


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_alone_is_no_shift(seed):
    found = registered(seed, 0.0, 0.0, noise_m=6.0)
    assert found is not None
    assert not found.significant


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("dx", "dy"), [(6.5, -4.2), (-30.0, 22.0), (-521.0, 231.0), (0.0, 900.0)])
def test_shift_is_found_from_metres_to_nearly_a_kilometre(seed, dx, dy):
    found = registered(seed, dx, dy, noise_m=3.0)
    assert found is not None
    assert found.proven
    assert np.hypot(found.dx_m - dx, found.dy_m - dy) < 0.6
    assert found.residual_after_m < found.residual_before_m


@pytest.mark.parametrize("seed", SEEDS)
def test_square_mesh_shows_no_shift(seed):
    communities = lattice.communities(seed)
    west, south, east, north = communities.total_bounds
    corners = [(x, y) for x in np.arange(west, east, 500) for y in np.arange(south, north, 500)]
    mesh = lattice.layer(np.array([shapely.box(x, y, x + 500, y + 500) for x, y in corners]))
    reference = Reference(communities.geometry.to_numpy())
    assert not border_evidence(borders_of(mesh), reference, 10.0).coincides
    found = register_shift(borders_of(mesh), reference, accuracy_m=1.0)
    assert found is None or not found.proven


@pytest.mark.parametrize("seed", SEEDS)
def test_drawing_that_differs_from_quarter_to_quarter_is_never_proven(seed):
    # each quarter of the city is drawn 4 m off, in a direction of its own
    grids = lattice.grids(seed)
    middle = grids.geometry.union_all().centroid
    moved = shapely.transform(
        grids.geometry.to_numpy(),
        lambda xy: (
            xy + 4.0 * np.column_stack([np.sign(xy[:, 0] - middle.x), np.sign(xy[:, 1] - middle.y)]) + (2.0, 0.0)
        ),
    )
    reference = Reference(lattice.communities(seed).geometry.to_numpy())
    found = register_shift(borders_of(lattice.layer(moved)), reference, accuracy_m=15.0)
    assert found is None or not found.proven


def test_road_strips_on_both_banks_do_not_bias_the_shift():
    # every grid is drawn 6 m inside its true border; then all of them are moved
    grids = lattice.grids(5, noise_m=2.0)
    inside = shapely.transform(
        shapely.buffer(grids.geometry.to_numpy(), -6.0, join_style="mitre"), lambda xy: xy + np.array([5, 3])
    )
    reference = Reference(lattice.communities(5).geometry.to_numpy())
    found = register_shift(borders_of(lattice.layer(inside)), reference, accuracy_m=15.0)
    assert found is not None
    assert np.hypot(found.dx_m - 5, found.dy_m - 3) < 0.8


def test_order_of_features_changes_nothing():
    grids = lattice.grids(3, noise_m=4.0)
    reference = Reference(lattice.communities(3).geometry.to_numpy())
    first = register_shift(borders_of(grids).moved(3, 1), reference, accuracy_m=15.0)
    again = register_shift(borders_of(grids).moved(3, 1), reference, accuracy_m=15.0)
    turned = register_shift(borders_of(grids.iloc[::-1]).moved(3, 1), reference, accuracy_m=15.0)
    assert first == again
    assert turned is not None
    assert first is not None
    assert np.hypot(first.dx_m - turned.dx_m, first.dy_m - turned.dy_m) < 2 * first.error_m


def test_sample_is_even_and_skips_what_has_no_place():
    square = shapely.box(0, 0, 100, 100)
    broken = shapely.transform(square, lambda xy: np.where(xy == 100, np.inf, xy))
    sample = sample_borders(np.array([None, square, shapely.Polygon(), broken], dtype=object), 400)
    assert np.isfinite(sample.points).all()
    on_square = sample.points[shapely.dwithin(shapely.points(sample.points), square.exterior, 1e-9)]
    assert len(on_square) >= 396
    for axis in (0, 1):
        assert abs(on_square[:, axis].mean() - 50) < 1


def test_layer_of_two_polygons_far_too_small_proves_nothing():
    small = lattice.layer(np.array([shapely.box(500000, 3715000, 500030, 3715030)]))
    reference = Reference(lattice.communities(1).geometry.to_numpy())
    found = register_shift(borders_of(small), reference, accuracy_m=15.0)
    assert found is None or not found.proven
