"""Grid codes by their first digits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

__all__ = ["CodeList"]


class CodeList:
    """Codes, sorted.

    Parameters
    ----------
    codes : iterable of str
    """

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = sorted(codes)

    def begin_so(self, typed: str, limit: int) -> Iterator[str]:
        """Yield the codes that begin so, blanks between groups of digits not counted; for letters none.

        Examples
        --------
        >>> list(CodeList(["411102001002", "411102001001", "511"]).begin_so("4111 02", 8))
        ['411102001001', '411102001002']
        """
        wanted = "".join(typed.split())
        if not wanted.isascii() or not any(one.isdigit() for one in wanted):
            return
        at = bisect_left(self._codes, wanted)
        for code in self._codes[at : at + limit]:
            if not code.startswith(wanted):
                return
            yield code
