"""Zip archives whose bytes depend on their contents only.

In: names and bytes. Out: the archive. Used by `workbook` and by shapefiles.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

__all__ = ["zipped"]

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip archive can name; the clock would make every archive another one."""
UNIX, READABLE = 3, 0o644 << 16


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files in the order given; names that are not ASCII are marked as UTF-8."""
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as parts:
        for name, contents in files.items():
            entry = ZipInfo(name, date_time=EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, UNIX, READABLE
            parts.writestr(entry, contents)
    return archive.getvalue()
