"""How a name differs from what somebody wrote: 【泰】山路, where 【秦】山路 was written.

In: two short texts. Out: both with the characters in brackets that the other does not have. Used where nearest
spellings are shown.
"""

from __future__ import annotations

__all__ = ["marked"]

LONGEST = 64
"""Characters of a text that are compared; longer ones are not marked."""


def marked(wanted: str, written: str) -> tuple[str, str]:
    """Return two texts with what differs in 【】.

    Parameters
    ----------
    wanted : str
        The name that there is.
    written : str
        What somebody wrote.

    Returns
    -------
    (str, str)
        The same texts with brackets; equal texts have none. Of several ways to bring them in line the one with the
        fewest differing characters is shown, the first of equal ones from the end.

    Examples
    --------
    >>> marked("泰山路", "秦山路"), marked("人民东路", "人民路"), marked("泰山路", "泰山路")
    (('【泰】山路', '【秦】山路'), ('人民【东】路', '人民路'), ('泰山路', '泰山路'))
    """
    if wanted == written or max(len(wanted), len(written)) > LONGEST:
        return wanted, written
    kept = _common(wanted, written)
    return _bracketed(wanted, {i for i, _ in kept}), _bracketed(written, {j for _, j in kept})


def _common(a: str, b: str) -> list[tuple[int, int]]:
    """Return the places of the longest sequence of characters that both texts have in one order."""
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        for j in range(len(b) - 1, -1, -1):
            best[i][j] = best[i + 1][j + 1] + 1 if a[i] == b[j] else max(best[i + 1][j], best[i][j + 1])
    i = j = 0
    pairs = []
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def _bracketed(text: str, kept: set[int]) -> str:
    """Return a text with the runs of characters in brackets that are not kept."""
    out, inside = "", False
    for at, letter in enumerate(text):
        if (at not in kept) != inside:
            out += "】" if inside else "【"
            inside = not inside
        out += letter
    return out + ("】" if inside else "")
