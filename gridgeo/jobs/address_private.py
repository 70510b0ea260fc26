"""Telephone numbers in a library that is handed in: they and the person beside them are left out before it is kept.

In: an `gridgeo.intake.address_file.AddressFile`. Out: the same file without them, with a note. Called by
`gridgeo.jobs.addresses`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridgeo.intake.address_file import AddressFile
from gridgeo.locate.address.noise import is_person, take_private, without_edges

__all__ = ["without_phones"]

MAY_HOLD = r"[0-9]{7}|[0-9]{3}[- ][0-9]{4}"
"""Texts without so many digits together hold no telephone number."""
_LEFT = str.maketrans("", "", "|")


def without_phones(file: AddressFile) -> AddressFile:
    """Return a file whose addresses and names hold no telephone numbers.

    Parameters
    ----------
    file : AddressFile
    """
    addresses, of_addresses = _cleaned(file.addresses)
    names, of_names = _cleaned(file.names)
    if not of_addresses and not of_names:
        return file
    note = f"{of_addresses + of_names:,} 条地址或名称带有电话号码，号码及其旁边的姓名未被保存。"
    return replace(file, addresses=addresses, names=names, notes=[*file.notes, note])


def _cleaned(column: pa.Array) -> tuple[pa.Array, int]:
    """Return texts without telephone numbers, and how many had one."""
    likely = np.flatnonzero(pc.match_substring_regex(column, MAY_HOLD).to_numpy(zero_copy_only=False))
    new: dict[int, str] = {}
    for row, text in zip(likely.tolist(), column.take(pa.array(likely)).to_pylist(), strict=True):
        rest, taken = take_private(text)
        if any(kind == "phone" for kind, _ in taken) and all(kind == "phone" for kind, _ in taken):
            new[row] = _plain(rest)
    if not new:
        return column, 0
    mask = np.zeros(len(column), bool)
    mask[list(new)] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array(list(new.values()), column.type)), len(new)


def _plain(rest: str) -> str:
    """Return what is left of a text, "|" standing for each number; nothing where it is a person's name."""
    plain = without_edges(rest).translate(_LEFT).replace("（）", "").replace("()", "").strip(" ,，;；:：、")
    return "" if is_person(plain) else plain
