"""Many short texts as one byte string: two million addresses in the memory of their letters.

In: texts. Out: `Texts`, which gives them back by their place. Used by `gridgeo.locate.address.library`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Texts", "texts_of"]


class Texts(NamedTuple):
    """Texts, one after another, in UTF-8."""

    letters: NDArray[np.uint8]
    begins: NDArray[np.int64]
    """(n + 1,)"""

    def of(self, place: int) -> str:
        """Return one text.

        Parameters
        ----------
        place : int
            From 0; one that is not there is not checked.
        """
        return bytes(self.letters[self.begins[place] : self.begins[place + 1]]).decode()


def texts_of(values: Sequence[str] | pd.Series, order: NDArray | None = None) -> Texts:
    """Pack texts, in another order if one is given; what Arrow has is not copied again.

    Parameters
    ----------
    values : sequence of str, or Series, (n,)
        None becomes "".
    order : ndarray of int, (n,), optional
        Place in ``values`` of every packed text.
    """
    whole = pa.array(values, pa.large_string())
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    if order is not None:
        whole = whole.take(pa.array(order))
    if whole.null_count:
        whole = whole.fill_null("")
    _, begins, letters = whole.buffers()
    where = np.frombuffer(begins, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    first, last = int(where[0]), int(where[-1])
    packed = np.frombuffer(letters, np.uint8)[first:last] if letters is not None else np.empty(0, np.uint8)
    return Texts(packed, where - first if first else where)
