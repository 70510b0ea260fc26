"""The names of a city and where they stand in a text, spelled right or not.

In: names with their levels. Out: a `Lexicon`; asked with a text it returns `Spots`. Rows never come in here: a city of
two million addresses has some ten thousand names. Used by `gridgeo.locate.address.library` and `match`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridgeo.locate.address.characters import HEARD, READINGS
from gridgeo.locate.address.forms import NOTHING_SHARED, Level, Shared, forms, own_part
from gridgeo.locate.address.shapes import alike_table
from gridgeo.locate.address.spot import LONGEST, LONGEST_FORM, mark, spot

__all__ = ["Lexicon", "Spots", "build_lexicon"]

MOST_SPOTS = 4096
LIKE = 110
"""Likeness of 255 from which a character is taken for another one, see `gridgeo.locate.address.shapes`. Chosen."""
LIMITS = np.array([0, 0, 0.45, 1.0, 1.0, 1.3, 1.6, 2.0, 2.0, 2.0, 2.5, 2.5, 3.0], np.float32)
"""Largest cost of a form by its letters, in edits: one wrong character in a name of three, none but a homophone or a
look-alike in one of two. Of companies by those of their own part: of 漯河市鑫源商贸有限公司 four tell it from others.
Chosen."""

Words = NDArray[np.uint64]
Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


class Spots(NamedTuple):
    """Where names stand in a text; sorted by name, the best first."""

    name: Ints
    begin: Ints
    end: Ints
    cost: Floats
    """Of the spelling, in edits."""
    form_cost: Floats
    """Of saying the name in this form, in edits."""
    size: Ints
    """Letters of the form."""

    def taken(self, which: NDArray[Any]) -> Spots:
        """Return some of the spots, by a mask or in an order."""
        return Spots(*(part[which] for part in self))


class Lexicon(NamedTuple):
    """Names, their forms and the alphabet of these."""

    names: Sequence[str]
    level: NDArray[np.uint8]
    """(n,) `Level` of every name."""
    letters: NDArray[np.uint16]
    begins: Ints
    shared: NDArray[np.int8]
    """First letters that a form has in common with the one before it."""
    limits: Floats
    owners: Ints
    """Names of a form, all forms one after another."""
    owner_costs: Floats
    owner_begins: Ints
    alphabet: NDArray[np.uint16]
    """Code points, sorted; a letter is a place in it."""
    sounding: Ints
    """Letters by syllable, one syllable after another."""
    sounding_begins: Ints
    accented: Ints
    """Letters by what an accent makes of their syllables."""
    accented_begins: Ints
    looking: Ints
    """Letters by the code point of what looks like them."""
    looking_begins: Ints

    def spots(self, text: str) -> Spots:
        """Return where names stand in a text.

        Parameters
        ----------
        text : str
            Folded; what is beyond its first 63 characters is not looked at.
        """
        codes = _codes(text[:LONGEST])
        masks = np.zeros((4, len(self.alphabet)), np.uint64)
        sounds = (self.sounding, self.sounding_begins, self.accented, self.accented_begins)
        mark(masks, codes, self.alphabet, *sounds, READINGS, HEARD, self.looking, self.looking_begins)
        found = np.empty((MOST_SPOTS, 4), np.float32)
        many = spot(self.letters, self.begins, self.shared, self.limits, *masks, len(codes), found)
        found = found[:many]
        form = found[:, 0].astype(np.int32)
        counts = self.owner_begins[form + 1] - self.owner_begins[form]
        at = np.repeat(np.arange(many), counts)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        owner = self.owner_begins[form][at] + np.arange(len(at)) - first
        name, form_cost = self.owners[owner], self.owner_costs[owner]
        size = (self.begins[form + 1] - self.begins[form])[at]
        begin, end, cost = found[at, 1].astype(np.int32), found[at, 2].astype(np.int32), found[at, 3]
        order = np.lexsort((begin, cost + form_cost, name))
        return Spots(name[order], begin[order], end[order], cost[order], form_cost[order], size[order])


def build_lexicon(
    names: Iterable[tuple[Level, str]],
    aliases: Iterable[tuple[int, str]] = (),
    shared: Shared = NOTHING_SHARED,
) -> Lexicon:
    """Make a lexicon.

    Parameters
    ----------
    names : iterable of (Level, str)
        Each once, folded.
    aliases : iterable of (int, str), optional
        Further names, folded, by the place of the name in ``names``.
    shared : Shared, optional
    """
    names = list(names)
    owners: dict[str, dict[int, float]] = {}
    for at, (level, name) in enumerate(names):
        for text, cost in forms(level, name, shared):
            owners.setdefault(text[:LONGEST_FORM], {})[at] = cost
    for at, alias in aliases:
        owners.setdefault(alias[:LONGEST_FORM], {})[at] = 0.0
    texts = sorted(owners)
    codes = _codes("".join(texts))
    alphabet, letters = np.unique(codes, return_inverse=True)
    sizes = np.array([len(text) for text in texts], np.int32)
    telling = [
        own_part(text, shared) if all(names[at][0] == Level.PLACE for at in owners[text]) else len(text)
        for text in texts
    ]
    limits = LIMITS[np.minimum(np.array(telling, np.int32), len(LIMITS) - 1)]
    counts = [len(owners[text]) for text in texts]
    syllable, letter = _sounds(alphabet)
    looking, looking_begins = _looks(alphabet)
    return Lexicon(
        names=[name for _, name in names],
        level=np.array([level for level, _ in names], np.uint8),
        letters=letters.astype(np.uint16),
        begins=_begins(sizes),
        shared=np.array([_in_common(*pair) for pair in pairwise(["", *texts])], np.int8),
        limits=limits,
        owners=np.array([at for text in texts for at in owners[text]], np.int32),
        owner_costs=np.array([cost for text in texts for cost in owners[text].values()], np.float32),
        owner_begins=_begins(counts),
        alphabet=alphabet,
        sounding=letter[np.argsort(syllable, kind="stable")],
        sounding_begins=_begins(np.bincount(syllable, minlength=len(HEARD))),
        accented=letter[np.argsort(HEARD[syllable], kind="stable")],
        accented_begins=_begins(np.bincount(HEARD[syllable], minlength=len(HEARD))),
        looking=looking,
        looking_begins=looking_begins,
    )


def _in_common(one: str, two: str) -> int:
    """Return how many first letters two texts have in common."""
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _sounds(alphabet: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], Ints]:
    """Return every reading of every letter: its syllable and the letter."""
    readings = READINGS[alphabet]
    letter, which = np.nonzero(readings)
    return readings[letter, which], letter.astype(np.int32)


def _looks(alphabet: NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Return the letters that every code point looks like, and where each code point's begin."""
    pairs = _alike_pairs()
    at = np.minimum(np.searchsorted(alphabet, pairs[:, 1]), max(len(alphabet) - 1, 0))
    known = alphabet[at] == pairs[:, 1] if len(alphabet) else np.zeros(len(pairs), bool)
    return at[known].astype(np.int32), _begins(np.bincount(pairs[known, 0], minlength=0x10000))


@cache
def _alike_pairs() -> NDArray[np.uint16]:
    """Return the pairs of code points that look alike, each in both orders, sorted."""
    table = alike_table()
    owner, place = np.nonzero(table.likeness >= LIKE)
    chars = np.zeros(len(table.likeness), np.uint16)
    chars[table.row] = np.arange(len(table.row))
    one, two = chars[owner], table.neighbours[owner, place]
    return np.unique(np.concatenate([np.column_stack([one, two]), np.column_stack([two, one])]), axis=0)


def _codes(text: str) -> NDArray[np.uint16]:
    """Return code points; what is beyond the first plane is all one."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.where(points < 0x10000, points, 0xFFFF).astype(np.uint16)


def _begins(sizes: Sequence[int] | NDArray[Any]) -> Ints:
    """Return where each of the parts begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
