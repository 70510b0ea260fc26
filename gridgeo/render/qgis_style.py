"""The look of a map for QGIS: the same classes, colours and words as the legend, kept in the GeoPackage itself.

In: the rows of a legend. Out: the table ``layer_styles``, which QGIS reads when a layer of the file is opened. Next:
``jobs.spatial_files``.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

import pandas as pd

from gridgeo.render.legend import LegendRow
from gridgeo.render.palette import BORDER_PT, INK, MUTED

__all__ = ["qgis_styles"]

MM_PER_PT = 25.4 / 72
LABEL_PT = 7
LABELS_FROM_SCALE = 25_000
"""A grid of 300 households, some 300 m wide, is 12 mm wide then: room for its number. Chosen."""
CLEAR = "255,255,255,0"


def qgis_styles(rows: Sequence[LegendRow], made: str) -> pd.DataFrame:
    """Return the styles of the layers ``grid`` and ``community``.

    Parameters
    ----------
    rows : sequence of LegendRow
        Grids are told apart by their column ``class``, the label of a row.
    made : str
        Moment that the table names, ``YYYY-MM-DDThh:mm:ssZ``.

    Returns
    -------
    DataFrame
        Columns as QGIS has them.
    """
    looks = (("grid", _grid(rows)), ("community", _community()))
    return pd.DataFrame([
        {
            "f_table_catalog": "", "f_table_schema": "", "f_table_name": name, "f_geometry_column": "geom",
            "styleName": name, "styleQML": look, "styleSLD": "", "useAsDefault": True, "description": "",
            "owner": "", "ui": "", "update_time": made,
        }
        for name, look in looks
    ])  # fmt: skip


def _grid(rows: Sequence[LegendRow]) -> str:
    """Return the style of the grids: filled by class, their numbers from a scale on."""
    symbols = "".join(_symbol(str(at), _row_layers(row)) for at, row in enumerate(rows))
    labels = [" ".join(row.label.split()) for row in rows]
    categories = "".join(
        f'<category symbol="{at}" value={quoteattr(label)} label={quoteattr(label)} render="true"/>'
        for at, label in enumerate(labels)
    )
    number = quoteattr("right(code, 3)")
    text = (
        f'<labeling type="simple"><settings><text-style fieldName={number} isExpression="1" fontSize="{LABEL_PT}" '
        f'textColor="{_rgba(INK)}"><text-buffer bufferDraw="1" bufferSize="0.7" bufferColor="255,255,255,255"/>'
        "</text-style>"
        f'<placement placement="1"/><rendering scaleVisibility="1" scaleMax="{LABELS_FROM_SCALE}" scaleMin="0"/>'
        "</settings></labeling>"
    )
    return _document(
        f'<renderer-v2 type="categorizedSymbol" attr="class"><categories>{categories}</categories>'
        f"<symbols>{symbols}</symbols></renderer-v2>{text}",
        ' labelsEnabled="1"',
    )


def _row_layers(row: LegendRow) -> str:
    """Return what is drawn for a class: its fill, and its hatch where it has one."""
    plain = _layer(_rgba(row.fill), "solid", _rgba(row.hatch or MUTED), BORDER_PT["grid"])
    return plain + (_layer(_rgba(row.hatch), "f_diagonal", _rgba(row.hatch), BORDER_PT["grid"]) if row.hatch else "")


def _community() -> str:
    """Return the style of the communities: outlines."""
    symbol = _symbol("0", _layer(CLEAR, "no", _rgba(INK), BORDER_PT["community"]))
    return _document(f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>', "")


def _symbol(name: str, layers: str) -> str:
    """Return one symbol."""
    return f'<symbol name="{name}" type="fill">{layers}</symbol>'


def _layer(fill: str, style: str, line: str, width_pt: float) -> str:
    """Return one layer of a symbol."""
    options = {
        "color": fill, "style": style, "outline_color": line, "outline_width": f"{width_pt * MM_PER_PT:.2f}",
        "outline_width_unit": "MM",
    }  # fmt: skip
    told = "".join(f'<Option name="{name}" type="QString" value="{value}"/>' for name, value in options.items())
    return f'<layer class="SimpleFill"><Option type="Map">{told}</Option></layer>'


def _rgba(colour: str) -> str:
    """Return ``#rrggbb`` as QGIS writes colours.

    Examples
    --------
    >>> _rgba("#1c262b")
    '28,38,43,255'
    """
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"


def _document(body: str, attributes: str) -> str:
    """Return a whole QML file."""
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f'{head}<qgis version="3.28"{attributes}>{body}</qgis>'
