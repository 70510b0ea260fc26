"""统一社会信用代码: the id of an enterprise, cleaned and checked; what is wrong is said exactly.

In: an id as somebody typed it. Out: the 18 characters in their one form, and a Chinese clause on the check that fails.
Used by `gridgeo.intake.entries`, and by `gridgeo.sample.points` to make codes that pass. Digits 3 to 8 say where an
enterprise was *registered*: they never decide its grid.

Sources: GB 32100-2015 (alphabet, weights 3^i mod 31), GB 11714 (weights, mod 11) of the organisation code inside it.
"""

from __future__ import annotations

import unicodedata

__all__ = ["ALPHABET", "clean_uscc", "organisation_check", "uscc_check", "uscc_fault"]

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters without I, O, S, V, Z, which are taken for 1, 0, 5, U, 2 (GB 32100-2015)."""

LENGTH = 18
WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))
"""1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28 (GB 32100-2015)."""
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
"""Of the eight characters of the organisation code before its check character (GB 11714)."""
LOOKALIKES = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
"""Letter that never stands in a code → what it was probably meant to be; only said, never put in its place."""

UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad-"))


def clean_uscc(text: str) -> str:
    """Return a code in its one form: half-width capitals without blanks, hyphens and invisible characters.

    Examples
    --------
    >>> clean_uscc(" ９１３５０１００ m000100y43 ")
    '91350100M000100Y43'
    """
    return "".join(unicodedata.normalize("NFKC", text).translate(UNSEEN).split()).upper()


def uscc_check(body: str) -> str:
    """Return the check character of the 17 characters before it (GB 32100-2015).

    A remainder of 0 gives the check value 0, not 31, for which there is no character.

    Examples
    --------
    >>> uscc_check("91350100M000100Y4"), uscc_check("91411100MA0033QX7")
    ('3', '0')
    """
    total = sum(ALPHABET.index(one) * weight for one, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """Return the check character of the eight characters of an organisation code (GB 11714): 10 is X, 11 is 0.

    Examples
    --------
    >>> organisation_check("55138508"), organisation_check("M000100Y")
    ('2', '4')
    """
    total = sum(int(one, 36) * weight for one, weight in zip(body, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def uscc_fault(code: str) -> str | None:
    """Return a Chinese clause on the first check that a code fails; None: it is a 统一社会信用代码.

    Parameters
    ----------
    code : str
        From `clean_uscc`.

    Examples
    --------
    >>> uscc_fault("91350100M000100Y43")
    >>> uscc_fault("91350100M000100Y44")
    '第 18 位校验码应为“3”，实为“4”（GB 32100-2015）'
    """
    if len(code) != LENGTH:
        return f"应为 {LENGTH} 位，实为 {len(code)} 位"
    for place, one in enumerate(code, 1):
        if one not in ALPHABET:
            meant = f"，可能应为“{LOOKALIKES[one]}”" if one in LOOKALIKES else ""
            return f"第 {place} 位“{one}”不是代码字符（不用 I、O、S、V、Z）{meant}"
    region = code[2:8]
    if not region.isdigit():
        return f"第 3–8 位登记机关行政区划“{region}”应为 6 位数字"
    wanted = uscc_check(code[:-1])
    if code[-1] != wanted:
        return f"第 18 位校验码应为“{wanted}”，实为“{code[-1]}”（GB 32100-2015）"
    wanted = organisation_check(code[8:16])
    if code[16] != wanted:
        return f"第 9–17 位主体标识码“{code[8:17]}”的校验码应为“{wanted}”，实为“{code[16]}”（GB 11714）"
    return None
