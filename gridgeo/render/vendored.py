"""Files of other projects that pages carry inside, each with its licence and hash in ``gridgeo/vendor/VENDOR.json``.

In: a name. Out: the text. Used by `lean` and `inline`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["vendored_packages", "vendored_text"]

_FOLDER = resources.files("gridgeo") / "vendor"


@cache
def vendored_text(name: str) -> str:
    """Return a vendored file."""
    return (_FOLDER / name).read_text("utf-8")


@cache
def vendored_packages() -> dict[str, dict[str, Any]]:
    """Return what is known of each vendored package: version, licence, source, hashes."""
    return dict(json.loads(vendored_text("VENDOR.json")))
