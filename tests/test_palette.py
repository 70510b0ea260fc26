"""The colours stay apart for every kind of sight, measured in CIEDE2000 under the simulation of Machado et al. 2009."""

from itertools import combinations

import numpy as np
import pytest

from gridgeo.render.legend import CHANGE_CLASSES
from gridgeo.render.palette import (
    AGENCY_LINES,
    CHANGED,
    DIVERGING,
    EXCLUSIVE,
    FATES,
    INK,
    MARKS,
    MUTED,
    PAPER,
    SEQUENTIAL,
    TINTS,
)
from gridgeo.render.themes.findings import MARKERS

MACHADO = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Severity 1.0, on linear RGB: Machado, Oliveira, Fernandes 2009, table 1."""
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
D65 = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> np.ndarray:
    levels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def lab(colour: str, sight: str = "normal") -> np.ndarray:
    seen = np.clip(np.array(MACHADO[sight]) @ linear(colour), 0, 1)
    ratio = TO_XYZ @ seen / D65
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one: np.ndarray, two: np.ndarray) -> float:
    """The colour difference of CIE 142-2001, as set out by Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360, np.degrees(np.arctan2(b2, a2 * stretch)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue_step = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = (
        1 - 0.17 * np.cos(np.radians(hue - 30)) + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6)) - 0.20 * np.cos(np.radians(4 * hue - 63))
    )  # fmt: skip
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    twist = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    dl, dc, dh = (l2 - l1) / s_l, (c2 - c1) / s_c, hue_step / s_h
    return float(np.sqrt(dl**2 + dc**2 + dh**2 - twist * dc * dh))


def closest(colours: tuple[str, ...], sight: str) -> float:
    return min(ciede2000(lab(a, sight), lab(b, sight)) for a, b in combinations(colours, 2))


def contrast(one: str, two: str) -> float:
    high, low = sorted((float(TO_XYZ[1] @ linear(colour)) for colour in (one, two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_colour_difference_is_that_of_the_published_pairs(one, two, expected):
    assert ciede2000(np.array(one, float), np.array(two, float)) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("sight", "least"), [("normal", 11), ("deuteranopia", 8), ("protanopia", 6), ("tritanopia", 12)]
)
def test_every_two_classes_of_the_ramp_differ(sight, least):
    assert closest(SEQUENTIAL, sight) >= least


def test_the_ramp_darkens_evenly_so_that_a_grey_print_keeps_its_order():
    light = [lab(colour)[0] for colour in SEQUENTIAL]
    assert np.all(np.diff(light) <= -8)


@pytest.mark.parametrize(
    ("sight", "least"), [("normal", 21), ("deuteranopia", 21), ("protanopia", 21), ("tritanopia", 16)]
)
def test_every_two_classes_of_the_diverging_ramp_differ(sight, least):
    assert closest(DIVERGING, sight) >= least


@pytest.mark.parametrize("sight", MACHADO)
def test_what_is_being_changed_stands_out_from_every_class_and_mark(sight):
    assert min(ciede2000(lab(CHANGED, sight), lab(colour, sight)) for colour in SEQUENTIAL) >= 30
    assert min(ciede2000(lab(CHANGED, sight), lab(colour, sight)) for colour in (EXCLUSIVE, INK)) >= 12


@pytest.mark.parametrize("sight", MACHADO)
def test_the_marks_of_the_panel_differ(sight):
    assert closest(tuple(MARKS.values()), sight) >= 12


def test_texts_can_be_read():
    assert contrast(INK, PAPER) >= 14
    assert contrast(MUTED, "#ffffff") >= 4.5
    assert min(contrast(mark, "#ffffff") for mark in MARKS.values()) >= 4.5
    assert min(contrast(INK, colour) for colour in SEQUENTIAL[:3]) >= 7


CHANGES = tuple(colour for _, colour in CHANGE_CLASSES)


@pytest.mark.parametrize("sight", MACHADO)
def test_tints_of_units_can_be_told_apart_and_read_on(sight):
    assert closest(TINTS, sight) >= 8
    assert min(contrast(INK, colour) for colour in TINTS) >= 9
    assert min(ciede2000(lab(EXCLUSIVE, sight), lab(colour, sight)) for colour in TINTS) >= 30


@pytest.mark.parametrize("classes", [CHANGES, FATES[:4]])
@pytest.mark.parametrize("sight", MACHADO)
def test_every_two_classes_of_change_and_of_fate_differ(classes, sight):
    assert closest(classes, sight) >= 6


@pytest.mark.parametrize("classes", [CHANGES, FATES[:3]])
def test_a_grey_print_keeps_the_classes_of_change_and_of_fate_apart(classes):
    light = sorted(lab(colour)[0] for colour in classes)
    assert np.all(np.diff(light) >= 7)  # the fourth and fifth fate are hatched


@pytest.mark.parametrize("sight", MACHADO)
def test_an_agencys_line_stands_out_from_the_ground_it_is_drawn_on(sight):
    lines, grounds = [colour for colour, _ in AGENCY_LINES], (FATES[0], FATES[3], FATES[4])
    assert min(ciede2000(lab(line, sight), lab(ground, sight)) for line in lines for ground in grounds) >= 13


def test_severities_differ_in_shape_and_size():
    assert len({shape for shape, _ in MARKERS.values()}) == len({size for _, size in MARKERS.values()}) == len(MARKS)


@pytest.mark.parametrize("sight", MACHADO)
def test_the_extent_of_a_finding_stands_out_from_the_paper(sight):
    assert ciede2000(lab(CHANGED, sight), lab(PAPER, sight)) >= 30
