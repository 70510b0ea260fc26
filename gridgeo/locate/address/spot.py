"""Kernel: where names stand in a text, spoilt or not.

In: forms of names as letters of a small alphabet, a text of at most 64 characters as bits per letter. Out: spots: form,
begin, end and cost in edits. Used by `gridgeo.locate.address.lexicon`.

A form is aligned with a part of the text: equal characters cost nothing, those of one sound, of one look or of one
sound in another accent a part of an edit, others one edit; a neighbour swap costs little. Before that, forms are passed
over of whose letters too many have nothing in the text that they could stand for: for most of them that takes two or
three look-ups.
"""

from __future__ import annotations

import numpy as np

from gridgeo.kernels import njit

__all__ = ["LONGEST", "mark", "spot"]

LONGEST = 63
"""Characters of a text: the bits of a word, one for the place before the first character."""

SOUND = np.float32(0.3)
ACCENT = np.float32(0.45)
LOOK = np.float32(0.45)
SWAP = np.float32(0.8)
EDIT = np.float32(1.0)
"""Costs in edits. design: a homophone is the usual error of those who hear, a look-alike of those who read."""

_ONE = np.uint64(1)


@njit(cache=True)
def mark(  # type: ignore[no-untyped-def]
    masks, codes, alphabet, sounding, sounding_begins, accented, accented_begins, readings, heard, looking,
    looking_begins,
):  # fmt: skip
    """Set the bits of a text's characters at the letters that they may stand for.

    Parameters
    ----------
    masks : ndarray of uint64, (4, letters)
        All zero; gets same, sound, accent, look.
    codes : ndarray of uint16
        Code points of the text.
    alphabet : ndarray of uint16
        Code points of the letters, sorted.
    sounding, sounding_begins, accented, accented_begins : ndarray of int32
        Letters by syllable and by what an accent makes of it.
    readings, heard : ndarray of uint16
        See `gridgeo.locate.address.sounds`.
    looking, looking_begins : ndarray of int32
        Letters by the code point of what looks like them.
    """
    for i in range(len(codes)):
        code, bit = codes[i], _ONE << np.uint64(i)
        at = np.searchsorted(alphabet, code)
        if at < len(alphabet) and alphabet[at] == code:
            masks[0, at] |= bit
        for k in range(readings.shape[1]):
            syllable = readings[code, k]
            if syllable == 0:
                break
            for m in range(sounding_begins[syllable], sounding_begins[syllable + 1]):
                masks[1, sounding[m]] |= bit
            key = heard[syllable]
            for m in range(accented_begins[key], accented_begins[key + 1]):
                masks[2, accented[m]] |= bit
        for m in range(looking_begins[code], looking_begins[code + 1]):
            masks[3, looking[m]] |= bit


@njit(cache=True)
def _may_stand(letters, begin, end, edits, near, every):  # type: ignore[no-untyped-def]
    """Tell whether a form stands in the text with at most so many edits, at most 3; what is near counts as equal.

    Bit i of a word: what was read of the form ends before character i of the text (Wu and Manber 1992); a neighbour
    swap is one edit.
    """
    now = np.empty(4, np.uint64)
    new = np.empty(4, np.uint64)
    old = np.empty(4, np.uint64)
    edits = min(edits, 3)
    for k in range(edits + 1):
        now[k] = every
        old[k] = 0
    previous = np.uint64(0)
    for j in range(begin, end):
        here = near[letters[j]]
        alive = False
        for k in range(edits + 1):
            value = (now[k] & here) << _ONE
            if k:
                value |= (now[k - 1] << _ONE) | now[k - 1] | (new[k - 1] << _ONE)
                value |= (((old[k - 1] & here) << _ONE) & previous) << _ONE
            new[k] = value & every
            alive |= new[k] != 0
        if not alive:
            return False
        for k in range(edits + 1):
            old[k] = now[k]
            now[k] = new[k]
        previous = here
    return True


@njit(cache=True)
def spot(letters, begins, limits, same, sound, accent, look, length, found):  # type: ignore[no-untyped-def]
    """Write all spots into ``found`` and return their number.

    Parameters
    ----------
    letters : ndarray of uint16
        All forms, one after another.
    begins : ndarray of int32, (n + 1,)
    limits : ndarray of float32, (n,)
        Largest cost of each form.
    same, sound, accent, look : ndarray of uint64, (letters of the alphabet,)
        Bit i: the i-th character of the text is this letter, sounds like it, ….
    length : int
        Of the text.
    found : ndarray of float32, (most, 4)
        Form, begin, end, cost. Forms are exact below 2**24.
    """
    row = np.empty(40, np.float32)
    last = np.empty(40, np.float32)
    before = np.empty(40, np.float32)
    start = np.empty(40, np.int32)
    last_start = np.empty(40, np.int32)
    before_start = np.empty(40, np.int32)
    near = same | sound | accent | look
    every = (_ONE << np.uint64(length)) | ((_ONE << np.uint64(length)) - _ONE)
    number = 0
    for form in range(len(limits)):
        begin, end = begins[form], begins[form + 1]
        limit = limits[form]
        missing = 0
        for k in range(begin, end):
            if near[letters[k]] == 0:
                missing += 1
                if missing > limit:
                    break
        if missing > limit or not _may_stand(letters, begin, end, int(limit / SWAP), near, every):
            continue
        size = end - begin
        first_spot = number
        for j in range(size + 1):
            last[j] = j * EDIT
            last_start[j] = 0
            before[j] = last[j]
            before_start[j] = 0
        for i in range(length):
            bit = _ONE << np.uint64(i)
            row[0] = 0.0
            start[0] = i + 1
            for j in range(1, size + 1):
                letter = letters[begin + j - 1]
                if same[letter] & bit:
                    cost = np.float32(0.0)
                elif sound[letter] & bit:
                    cost = SOUND
                elif accent[letter] & bit:
                    cost = ACCENT
                elif look[letter] & bit:
                    cost = LOOK
                else:
                    cost = EDIT
                best, origin = last[j - 1] + cost, last_start[j - 1]
                if row[j - 1] + EDIT < best:
                    best, origin = row[j - 1] + EDIT, start[j - 1]
                if last[j] + EDIT < best:
                    best, origin = last[j] + EDIT, last_start[j]
                if (
                    j > 1
                    and i > 0
                    and (same[letters[begin + j - 2]] & bit)
                    and (same[letter] & (bit >> _ONE))
                    and before[j - 2] + SWAP < best
                ):
                    best, origin = before[j - 2] + SWAP, before_start[j - 2]
                row[j] = best
                start[j] = origin
            if row[size] <= limit and i + 1 > start[size]:
                cost, origin = row[size], start[size]
                if number > first_spot and found[number - 1, 2] > origin:
                    if cost < found[number - 1, 3]:
                        found[number - 1, 1] = origin
                        found[number - 1, 2] = i + 1
                        found[number - 1, 3] = cost
                elif number < len(found):
                    found[number, 0] = form
                    found[number, 1] = origin
                    found[number, 2] = i + 1
                    found[number, 3] = cost
                    number += 1
            before, last, row = last, row, before
            before_start, last_start, start = last_start, start, before_start
    return number
