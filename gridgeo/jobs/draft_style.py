"""The look of a draft in QGIS: grids by kind with their codes, communities as outlines; kept in the file itself.

QGIS reads the table ``layer_styles`` of a GeoPackage when a layer is opened.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

__all__ = ["styles"]

_SYMBOL = """<symbol name="{name}" type="fill"><layer class="SimpleFill"><Option type="Map">
<Option name="color" type="QString" value="{fill}"/><Option name="style" type="QString" value="{style}"/>
<Option name="outline_color" type="QString" value="{line}"/>
<Option name="outline_width" type="QString" value="{width}"/>
<Option name="outline_width_unit" type="QString" value="MM"/></Option></layer></symbol>"""

_KINDS = {"general": "255,255,255,40", "exclusive": "230,159,0,70", "micro": "86,180,233,70"}
_LABEL = """<labeling type="simple"><settings><text-style fieldName="right(code, 3) || ' ' || short_name"
isExpression="1" fontSize="9" textColor="40,40,40,255"><text-buffer bufferDraw="1" bufferSize="0.8"
bufferColor="255,255,255,255"/></text-style><placement placement="1"/><rendering/></settings></labeling>"""
_HINT = (
    "编辑前请打开：工程 → 捕捉选项 → 启用捕捉、拓扑编辑、避免重叠。"
    "可改 code 以外的 kind、short_name；新地块的 code 留空。其余各列由系统计算。"
)


def _grid() -> str:
    """Return the style of layer grid."""
    symbols = [
        _SYMBOL.format(name=k, fill=fill, style="solid", line="60,60,60,255", width="0.4")
        for k, fill in enumerate(_KINDS.values())
    ]
    categories = [
        f'<category symbol="{k}" value="{kind}" label="{kind}" render="true"/>' for k, kind in enumerate(_KINDS)
    ]
    renderer = (
        f'<renderer-v2 type="categorizedSymbol" attr="kind"><categories>{"".join(categories)}</categories>'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2>"
    )
    return _document(f"{renderer}{_LABEL}", ' labelsEnabled="1"')


def _community() -> str:
    """Return the style of layer community, which is not to be edited."""
    symbol = _SYMBOL.format(name="0", fill="0,0,0,0", style="no", line="170,0,60,255", width="1.0")
    return _document(f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>', ' readOnly="1"')


def _document(body: str, attributes: str) -> str:
    """Return a whole QML file."""
    hint = f"<resourceMetadata><abstract>{_HINT}</abstract></resourceMetadata>"
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f'{head}<qgis version="3.28"{attributes}>{body}{hint}</qgis>'


def styles() -> pd.DataFrame:
    """Return the table ``layer_styles``."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = [
        {
            "f_table_catalog": "", "f_table_schema": "", "f_table_name": name, "f_geometry_column": "geom",
            "styleName": name, "styleQML": qml, "styleSLD": "", "useAsDefault": True, "description": _HINT,
            "owner": "", "ui": "", "update_time": now,
        }
        for name, qml in (("grid", _grid()), ("community", _community()))
    ]  # fmt: skip
    return pd.DataFrame(rows)
