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
Floats = NDArray[np.float32]


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
    points, stem = _letters(library)
    within = stem[1:] == stem[:-1]
    keys, stem = (points[:-1] << 32 | points[1:])[within], stem[1:][within]
    pairs, pair = np.unique(keys, return_inverse=True)
    many = max(len(library.stem_names), 1)
    both = np.sort(pair * many + stem)
    pair, stem = np.divmod(both[np.append(True, both[1:] != both[:-1])[: len(both)]], many)
    begins = np.searchsorted(pair, np.arange(len(pairs) + 1))
    counts = np.diff(begins)
    weights = np.log(1 + len(library.stem_names) / np.maximum(counts, 1)).astype(np.float32)
    lengths = np.sqrt(np.bincount(stem, np.repeat(weights**2, counts), minlength=len(library.stem_names)))
    return Net(pairs, begins, stem.astype(np.int32), weights, lengths.astype(np.float32))


def _letters(library: Library) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the code points of all stems, one stem after another, and the stem of each."""
    names, words = library.lexicon.names, library.words
    texts = [*names, *words, ""]
    sizes = np.array([len(text) for text in texts], np.int64)
    begins = np.cumsum(sizes) - sizes
    numbers = library.stem_words
    parts = np.concatenate([library.stem_names, np.where(numbers >= 0, numbers + len(names), -1)], axis=1)
    part = parts.ravel()  # -1 is the last text, which is empty
    size = sizes[part]
    ends = np.cumsum(size)
    at = np.repeat(begins[part] - (ends - size), size) + np.arange(ends[-1] if len(ends) else 0)
    stem = np.repeat(np.arange(len(parts), dtype=np.int64), size.reshape(parts.shape).sum(axis=1))
    return _points("".join(texts))[at], stem


def _pairs(text: str) -> NDArray[np.int64]:
    """Return the pairs of neighbouring characters of a text."""
    points = _points(text)
    return points[:-1] << 32 | points[1:]


def _points(text: str) -> NDArray[np.int64]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
