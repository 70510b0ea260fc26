"""What the file of a map is called where nobody named it.

In: title, version and day of a map. Out: a name without characters that a file system refuses. A map without 审图号
carries 内部 in its name, one with 密级 its grade: whoever finds the file knows that it must not be passed on.
"""

from __future__ import annotations

import re

from gridgeo.render.edition import Edition
from gridgeo.render.recipe import Recipe

__all__ = ["INTERNAL_MARK", "file_name"]

INTERNAL_MARK = "_内部"
LONGEST = 80
"""Characters of a title in a name; Linux takes 255 bytes, a Chinese character has three. Chosen."""
_REFUSED = re.compile(r'[\x00-\x1f<>:"/\\|?*{}]+')
"""What Windows refuses in a name, and the braces of a title that nobody filled in."""
_VERSION = re.compile(r"V\d+(?: → V\d+)?")


def file_name(recipe: Recipe, edition: Edition) -> str:
    """Return the name of a map's file, without its ending.

    Parameters
    ----------
    recipe : Recipe
        With its final title.
    edition : Edition

    Examples
    --------
    >>> file_name(Recipe(title="漯河市网格覆盖图"), edition)  # doctest: +SKIP
    '漯河市网格覆盖图_V3_20261120_内部'
    """
    title = _REFUSED.sub(" ", recipe.title).strip(" .")[:LONGEST] or "网格图"
    version = _VERSION.search(edition.version)
    parts = [title, *([version[0].replace(" → ", "-")] if version else []), edition.as_of.replace("-", "")]
    parts.append(_REFUSED.sub(" ", recipe.footer.secrecy).strip(" ."))
    mark = "" if recipe.footer.review_number else INTERNAL_MARK
    return f"{'_'.join(part for part in parts if part)}{mark}"
