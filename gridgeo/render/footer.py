"""The lines that every exported map must carry, the same on screen and on paper.

In: an edition and a recipe. Out: `MarginLine` pairs. A map without a review number says that it is for internal use.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridgeo.render.edition import Edition, crs_line
from gridgeo.render.recipe import Recipe

__all__ = ["DISCLAIMER", "INTERNAL", "MarginLine", "margin_lines"]

INTERNAL = "内部资料，注意保管"
"""Stands where a map has no 审图号."""
DISCLAIMER = "网格界线仅供管理使用，不作为行政区域界线和权属界线的依据"
"""Borders of grids follow borders of communities, which are no legal description of them."""


@dataclass(frozen=True, slots=True)
class MarginLine:
    """One entry of the margin."""

    name: str
    """Empty where the text stands alone."""
    text: str

    def __str__(self) -> str:
        """Return the entry as it is printed."""
        return f"{self.name}：{self.text}" if self.name else self.text


def margin_lines(edition: Edition, recipe: Recipe) -> tuple[MarginLine, ...]:
    """Return version, CRS, day of the data, maker, disclaimer and review number, in this order.

    Parameters
    ----------
    edition : Edition
    recipe : Recipe

    Returns
    -------
    tuple of MarginLine
        The review number, or `INTERNAL`, is always the last.
    """
    footer = recipe.footer
    lines = [MarginLine("版本", edition.version), MarginLine("坐标系", crs_line(edition.grids.crs))]
    lines.append(MarginLine("数据截至", footer.as_of or edition.as_of or "未注明"))
    lines.append(MarginLine("制图单位", footer.maker or "未注明"))
    lines.append(MarginLine("", DISCLAIMER))
    number = footer.review_number
    lines.append(MarginLine("审图号", number) if number else MarginLine("", INTERNAL))
    return tuple(lines)
