"""The safety net: stems that share pairs of characters with a text, for what no rule foresaw.

In: a `Library`. Out: the stems whose names are most alike to a text as bags of character pairs, rare pairs counting
more. Made when it is first needed: only texts that nothing else explains come here. Used by
`gridgeo.locate.address.book`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.library import Library

__all__ = ["Net", "make_net"]

Ints = NDArray[np.int32]
Places = NDArray[np.int64]
Floats = NDArray[np.float32]

STEMS_TOGETHER = 1 << 15
"""Stems whose pairs are found at once: some 20 MB, where all of a large city took a gigabyte."""


class Net(NamedTuple):
    """Pairs of characters and the stems that have them."""

    pairs: NDArray[np.int64]
    """Sorted; a pair is its two code points."""
    begins: NDArray[np.int64]
    stems: Ints
    """Of every pair, one pair after another."""
    weights: Floats
    """What each pair tells: the logarithm of how rare it is."""
    lengths: Floats
    """(s,) of every stem's vector of pairs."""

    def near(self, text: str, most: int = 10) -> list[tuple[int, float]]:
        """Return the stems most alike to a text, the best first, each with the cosine of both vectors.

        Parameters
        ----------
        text : str
            Folded.
        most : int
        """
        asked = np.unique(_pairs(text))
        if not len(asked) or not len(self.pairs):
            return []
        place = np.minimum(np.searchsorted(self.pairs, asked), len(self.pairs) - 1)
        place = place[self.pairs[place] == asked]
        if not len(place):
            return []
        found = np.zeros(len(self.lengths), np.float32)
        for pair in place.tolist():
            found[self.stems[self.begins[pair] : self.begins[pair + 1]]] += self.weights[pair] ** 2
        rare = float(self.weights.max())
        length = np.sqrt(float((self.weights[place] ** 2).sum()) + rare**2 * (len(asked) - len(place)))
        found /= self.lengths * np.float32(length) + np.float32(1e-6)
        best = np.argsort(-found, kind="stable")[:most]
        return [(int(stem), float(found[stem])) for stem in best if found[stem] > 0]


def make_net(library: Library) -> Net:
    """Make the net of a library."""
    parts = [*library.lexicon.names, *library.words]
    points = _points("".join(parts))
    alphabet, letters = np.unique(points, return_inverse=True)
    begins = np.cumsum([0, *map(len, parts)])
    words = np.where(library.stem_words < 0, -1, library.stem_words + len(library.lexicon.names))
    of_stem = np.column_stack([library.stem_names, words])
    some = range(0, len(of_stem), STEMS_TOGETHER)
    keys = np.concatenate([np.empty(0, np.int64), *(_keys(of_stem, at, letters, begins, len(alphabet)) for at in some)])
    keys.sort(kind="stable")  # what is in order already, part by part, is only put together
    pair, stems = keys >> 32, keys.astype(np.int32)  # the lower half is the stem
    del keys
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    first, second = np.divmod(pair[starts], max(len(alphabet), 1))
    held = np.diff(starts, append=len(pair))
    del pair
    weights = np.log(1 + len(of_stem) / held).astype(np.float32)
    lengths = np.sqrt(np.bincount(stems, np.repeat(weights**2, held), minlength=len(of_stem)))
    pairs = alphabet[first] << 32 | alphabet[second]
    return Net(pairs, np.append(starts, len(stems)), stems, weights, lengths.astype(np.float32))


def _keys(of_stem: Ints, at: int, letters: Places, begins: Places, many: int) -> NDArray[np.int64]:
    """Return the pairs of some stems, each once, in order: the pair in the upper half, the stem in the lower one."""
    stem, level = np.nonzero(of_stem[at : at + STEMS_TOGETHER] >= 0)
    part = of_stem[at + stem, level]
    sizes = begins[part + 1] - begins[part]
    letter = letters[np.arange(sizes.sum()) + np.repeat(begins[part] - np.cumsum(sizes) + sizes, sizes)]
    stem = np.repeat(stem + at, sizes)
    near = np.flatnonzero(stem[1:] == stem[:-1])
    keys = np.sort((letter[near] * many + letter[near + 1]) << 32 | stem[near])
    return keys[np.diff(keys, prepend=-1) > 0]  # numpy's unique hashes them, which takes ten times as long


def _points(text: str) -> NDArray[np.int64]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)


def _pairs(text: str) -> NDArray[np.int64]:
    """Return the pairs of neighbouring characters of a text."""
    points = _points(text)
    return points[:-1] << 32 | points[1:]
