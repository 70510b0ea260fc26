"""A `Library` as a file beside its store: opened in milliseconds, shared by all processes that open it.

In: a library and the digest of what it was built from. Out: a file; and back, mapped into memory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gridgeo.locate.address.lexicon import Lexicon
from gridgeo.locate.address.library import Library
from gridgeo.locate.address.texts import Texts
from gridgeo.locate.array_file import Form, Opened, open_arrays, save_arrays

__all__ = ["FORM", "open_library", "save_library"]

FORM = "gridgeo addresses 12"
"""Counts up with every change of `Library`, of `Lexicon` or of how they are built: forms, parsing, folding."""

_FORM = Form(FORM, thing="address library of gridgeo", other="the library of other addresses")
_TEXTS = ("ids", "sources", "names", "texts")
_JSON = ("lexicon", "words", "province", "city", "told", "told_grid")
_PLAIN = tuple(name for name in Library._fields if name not in (*_TEXTS, *_JSON))
_LEXICON = tuple(name for name in Lexicon._fields if name != "names")


def save_library(library: Library, path: str | Path, *, digest: str) -> None:
    """Write a library; the file appears only when it is complete.

    Parameters
    ----------
    library : Library
    path : str or Path
    digest : str, keyword-only
        What tells the state that it was built from from any other.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    parts: dict[str, NDArray | bytes] = {name: getattr(library, name) for name in _PLAIN}
    parts |= {f"lexicon.{name}": getattr(library.lexicon, name) for name in _LEXICON}
    for name in _TEXTS:
        own: Texts = getattr(library, name)
        parts |= {f"{name}.letters": own.letters, f"{name}.begins": own.begins}
    plain = {
        "names": list(library.lexicon.names),
        "words": list(library.words),
        "province": library.province,
        "city": library.city,
        "told": library.told,
        "told_grid": library.told_grid,
    }
    parts["plain"] = json.dumps(plain, ensure_ascii=False).encode()
    save_arrays(path, _FORM, parts, digest=digest)


def open_library(path: str | Path, *, digest: str | None = None, checked: bool = True) -> Library:
    """Open a library, mapped into memory.

    Parameters
    ----------
    path : str or Path
    digest : str, keyword-only, optional
        A library built from another state is refused.
    checked : bool, keyword-only
        See `gridgeo.locate.array_file.open_arrays`.

    Raises
    ------
    ReadError
        If it is missing, cut short, damaged, of another version of gridgeo or of another library.
    """
    return open_arrays(path, _FORM, _library, digest=digest, checked=checked)


def _library(opened: Opened) -> Library:
    """Return what the parts of a file are."""
    parts = opened.parts
    plain = json.loads(bytes(parts["plain"]))
    lexicon = {name: parts[f"lexicon.{name}"] for name in _LEXICON}
    texts = {name: Texts(parts[f"{name}.letters"], parts[f"{name}.begins"]) for name in _TEXTS}
    own: dict[str, Any] = {name: parts[name] for name in _PLAIN} | texts
    own |= {"told": plain["told"], "told_grid": plain["told_grid"]}
    own |= {"province": tuple(plain["province"]), "city": tuple(plain["city"])}
    lexicon_of = Lexicon(names=plain["names"], **lexicon)
    return Library(lexicon=lexicon_of, words=plain["words"], **own)
