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
    names, words = library.lexicon.names, library.words
    texts = [
        "".join(names[name] for name in row if name >= 0) + "".join(words[word] for word in numbers if word >= 0)
        for row, numbers in zip(library.stem_names.tolist(), library.stem_words.tolist(), strict=True)
    ]
    sizes = np.array([max(len(text) - 1, 0) for text in texts], np.int64)
    keys = np.concatenate([_pairs(text) for text in texts]) if texts else np.empty(0, np.int64)
    stem = np.repeat(np.arange(len(texts), dtype=np.int64), sizes)
    pairs, pair = np.unique(keys, return_inverse=True)
    both = np.unique(pair * max(len(texts), 1) + stem)
    pair, stem = np.divmod(both, max(len(texts), 1))
    begins = np.searchsorted(pair, np.arange(len(pairs) + 1))
    weights = np.log(1 + len(texts) / np.diff(begins)).astype(np.float32)
    lengths = np.sqrt(np.bincount(stem, np.repeat(weights**2, np.diff(begins)), minlength=len(texts)))
    return Net(pairs, begins, stem.astype(np.int32), weights, lengths.astype(np.float32))


def _pairs(text: str) -> NDArray[np.int64]:
    """Return the pairs of neighbouring characters of a text."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    return points[:-1] << 32 | points[1:]
