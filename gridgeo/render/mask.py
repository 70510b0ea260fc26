"""What is shown of personal data to those who may not read them.

In: a name, telephone number, id or address. Out: the same with what names a person taken out.

Examples
--------
>>> mask_name("张小明"), mask_phone("13812345678"), mask_person_id("11010519491231002X")
('张**', '138****5678', '**************002X')
"""

from __future__ import annotations

import re

__all__ = ["mask_address", "mask_name", "mask_person_id", "mask_phone"]

MOBILE_DIGITS = 11
SHOWN = 4
"""Characters at the end of a number that remain: enough to compare two notes, too few to call."""
BUILDING = (re.compile(r".*?(?:号楼|幢|栋|座)"), re.compile(r".*?(?:号院|号)"))
"""The address up to its building, or where it names none up to its house number: which home in it is personal."""


def mask_name(name: str) -> str:
    """Return the first character, the rest as stars; of a single one nothing."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def mask_phone(phone: str) -> str:
    """Return the first three and last four digits of a mobile number, the last four of a longer number, else stars."""
    if len(phone) == MOBILE_DIGITS and phone.isdigit():
        return f"{phone[:3]}****{phone[-SHOWN:]}"
    return mask_person_id(phone)


def mask_person_id(text: str) -> str:
    """Return the last four characters of a long id; of a short one, of which they would be half, none."""
    shown = SHOWN if len(text) > 2 * SHOWN else 0
    return "*" * (len(text) - shown) + text[len(text) - shown :]


def mask_address(address: str) -> str:
    """Return an address up to its building.

    Examples
    --------
    >>> mask_address("沙北街道黄河路1号院2号楼3单元401室"), mask_address("张庄村东头")
    ('沙北街道黄河路1号院2号楼…', '…')
    """
    found = next(filter(None, (pattern.match(address) for pattern in BUILDING)), None)
    shown = found[0] if found else ""
    return shown if shown == address else f"{shown}…"
