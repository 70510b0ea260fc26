"""Faces for printed Chinese: the shipped one first, then what the machine has, never an empty box.

In: the text to be drawn. Out: matplotlib font properties that hold all its characters. The shipped subset has GB 2312;
a text with rarer characters, usually a name, is drawn whole in an installed face.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from matplotlib.font_manager import FontProperties, findSystemFonts
from matplotlib.ft2font import FT2Font

from gridgeo.errors import InputError

__all__ = ["SHIPPED", "face", "face_for", "with_stand_ins"]

SHIPPED = Path(str(resources.files("gridgeo.render"))) / "fonts" / "GridgeoSansSC-Regular.ttf"
"""Our subset of Noto Sans CJK SC (OFL-1.1)."""

INSTALLED = (
    "notosanscjksc", "notosanssc", "notosanscjk", "sourcehansanssc", "sourcehansans", "sourcehansanscn", "msyh",
    "simhei", "wqy", "wenquanyi", "pingfang",
)  # fmt: skip
"""Beginnings of file names of common Chinese faces, best first."""

STAND_IN = "〓"
REMEDY = "install fonts-noto-cjk (Debian, Ubuntu), google-noto-sans-cjk-fonts (Fedora) or pip install gridgeo[cjk]"


def face_for(text: str, size_pt: float) -> FontProperties:
    """Return a face that holds every character of a text.

    Parameters
    ----------
    text : str
        One run of text; line breaks do not count.
    size_pt : float
        Size in points.

    Returns
    -------
    FontProperties

    Raises
    ------
    InputError
        If no face on this machine holds all characters; the message lists them and says what to install.
    """
    return FontProperties(fname=str(face(text)), size=size_pt)


def face(text: str) -> Path:
    """Return the file of the first face that holds every character of a text."""
    wanted = frozenset(ord(character) for character in text if character not in "\n\r")
    return _face_of(wanted, text)


def with_stand_ins(text: str) -> str:
    """Return a text with 〓 for every character that no face on this machine can draw.

    Only for pictures of a report, which a name must not make fail; a map says what is missing and is not drawn. The
    mark is what Chinese printers set where a letter is not in the case.

    Examples
    --------
    >>> with_stand_ins("滨河社区"), with_stand_ins("a\U0001f600")
    ('滨河社区', 'a〓')
    """
    try:
        face(text)
    except InputError:
        held = _characters(SHIPPED)
        return "".join(sign if ord(sign) in held or sign in "\n\r" else STAND_IN for sign in text)
    return text


def _face_of(wanted: frozenset[int], text: str) -> Path:
    """Look through the faces in order; the machine's own are only searched when the shipped one falls short."""
    if wanted <= _characters(SHIPPED):
        return SHIPPED
    missing = wanted
    for path in _other_faces():
        held = _characters(path)
        if wanted <= held:
            return path
        missing = min(missing, wanted - held, key=len)
    if missing == wanted:
        missing = wanted - _characters(SHIPPED)
    signs = ", ".join(f"{chr(point)} (U+{point:04X})" for point in sorted(missing))
    raise InputError(f"no font on this machine can draw {signs} in {text[:40]!r}; {REMEDY}")


@cache
def _characters(path: Path) -> frozenset[int]:
    """Return the code points that a face can draw."""
    try:
        return frozenset(FT2Font(str(path)).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


@cache
def _other_faces() -> tuple[Path, ...]:
    """Return Chinese faces of the machine, then of the package mpl-font, in a fixed order."""
    return (*_best_first(Path(name) for name in findSystemFonts()), *_packaged())


def _best_first(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the paths that look Chinese, in the order of `INSTALLED`."""
    named = sorted((_is_not_regular(path), path.name.lower().replace("-", "").replace("_", ""), path) for path in paths)
    for start in INSTALLED:
        yield from (path for _, name, path in named if name.startswith(start))


def _is_not_regular(path: Path) -> bool:
    """Tell by its name whether a face is of another weight, so that regular ones come first."""
    return any(
        weight in path.stem.lower() for weight in ("bold", "light", "thin", "medium", "black", "msyhbd", "msyhl")
    )


def _packaged() -> Iterator[Path]:
    """Yield the faces of the optional package mpl-font."""
    spec = find_spec("mpl_font")
    if spec is None or not spec.submodule_search_locations:
        return
    for place in spec.submodule_search_locations:
        found = [path for path in Path(place).rglob("*") if path.suffix.lower() in {".ttf", ".otf", ".ttc"}]
        yield from sorted(found, key=lambda path: (_is_not_regular(path), path))
