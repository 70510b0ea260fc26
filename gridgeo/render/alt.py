"""What a map says to those who cannot see it: one text of its subject, version and counts.

In: a content and a recipe. Out: a Chinese text, the same in the metadata of a PDF and a PNG, in an SVG's ``desc`` and
on a web page. It tells where the equal table is read, because no text can hold the borders.
"""

from __future__ import annotations

from gridgeo.render.content import Content
from gridgeo.render.recipe import Recipe

__all__ = ["alt_text"]


def alt_text(content: Content, recipe: Recipe) -> str:
    """Return the text.

    Parameters
    ----------
    content : Content
    recipe : Recipe
        With its final title.
    """
    counts = "，".join(f"{row.label.replace('　', '，')} {row.count} 格" for row in content.rows)
    marked = "，".join(f"{mark.told} {mark.count} 处" for mark in content.marks if mark.count is not None)
    edition = content.edition
    places = f"{len(edition.communities)} 个社区（村）" if len(edition.communities) else ""
    parts = (
        f"{recipe.title}，版本 {edition.version}" if edition.version else recipe.title,
        f"共 {len(edition.grids)} 格{f'，{places}' if places else ''}",
        f"{content.heading}：{counts}",
        marked,
        "，".join(f"{name} {value}" for name, value in content.facts),
        "各网格的编码与数字见同名表格",
    )
    return "。".join(part for part in parts if part) + "。"
