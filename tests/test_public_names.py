"""The public names: few, in the order of the flow, all of them real."""

from __future__ import annotations

import importlib
import inspect
import pydoc
import subprocess
import sys

import pytest
import small_city

import gridgeo as gg
from gridgeo.errors import InputError


def test_verbs_are_few_and_unique() -> None:
    assert 8 <= len(gg.__all__) <= 15
    assert len(set(gg.__all__)) == len(gg.__all__)


@pytest.mark.parametrize("verb", gg.__all__)
def test_every_verb_is_a_documented_function(verb: str) -> None:
    function = getattr(gg, verb)
    assert inspect.isfunction(function)
    assert len((inspect.getdoc(function) or "").splitlines()) > 1


def test_no_verb_is_also_the_name_of_a_part() -> None:
    parts = {
        "api",
        "cli",
        "codes",
        "crs",
        "intake",
        "jobs",
        "locate",
        "model",
        "partition",
        "render",
        "sample",
        "store",
    }
    assert not parts & set(gg.__all__)  # a submodule's import would overwrite the verb


def test_the_part_that_draws_is_called_like_a_verb(tmp_path) -> None:
    grids = small_city.grids_of()
    for name, table in (("grid", grids), ("community", small_city.communities_of(grids))):
        table.to_file(tmp_path / "layer.gpkg", layer=name)
    assert gg.render("coverage", "svg", layer=tmp_path / "layer.gpkg").startswith(b"<?xml")
    assert gg.render is importlib.import_module("gridgeo.render")


def test_help_shows_how_the_part_that_draws_is_called() -> None:
    told = pydoc.render_doc(gg.render, renderer=pydoc.plaintext)
    assert "render(recipe" in told
    assert "html, pdf, png or svg" in told
    assert "layer" in inspect.signature(gg.render).parameters


def test_an_unknown_kind_or_keyword_is_told_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"^kind 'exe' is unknown, use one of html, .*, or png.zip of an atlas"):
        gg.render("coverage", "exe", layer="layer.gpkg")
    with pytest.raises(InputError, match=r"key 'out' is unknown; keys are agency, .*, street, "):
        gg.render("coverage", "png", layer="layer.gpkg", out="map.png")


def test_completion_offers_the_verbs() -> None:
    assert set(gg.__all__) <= set(dir(gg))


def test_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="its verbs are read_city"):
        gg.marge  # noqa: B018


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, gridgeo; print([m for m in ('geopandas', 'numba', 'shapely', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
