"""Kernel: where names stand in a text, spoilt or not.

In: forms of names as letters of a small alphabet, a text of at most 64 characters as bits per letter. Out: spots: form,
begin, end and cost in edits. Used by `gridgeo.locate.address.lexicon`.

A form is aligned with a part of the text: equal characters cost nothing, those of one sound, of one look or of one
sound in another accent a part of an edit, others one edit; a neighbour swap costs little. Before that, forms are passed
over of whose letters too many have nothing in the text that they could stand for: for most of them that takes two or
three look-ups. Forms come in the order of their letters, and what was found out about the first letters of one serves
all that begin with them.
"""

from __future__ import annotations

import numpy as np

from gridgeo.kernels import njit

__all__ = ["LONGEST", "LONGEST_FORM", "mark", "spot"]

LONGEST = 63
"""Characters of a text: the bits of a word, one for the place before the first character."""
LONGEST_FORM = 38
"""Letters of a form that are compared; longer names are told apart by their first 38."""

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
def _read(states, depth, here, before, every):  # type: ignore[no-untyped-def]
    """Read one letter more of a form, with 0 to 3 edits; what is near counts as equal.

    Bit i of a word: what was read of the form ends before character i of the text (Wu and Manber 1992); a neighbour
    swap is one edit.

    Parameters
    ----------
    states : ndarray of uint64, (letters + 1, 4)
        By letters read and edits; those of ``depth`` are known, the next are written.
    depth : int
    here, before : uint64
        Where the letter and the one before it are near.
    every : uint64
        A bit for each place in the text.
    """
    for k in range(4):
        value = (states[depth, k] & here) << _ONE
        if k:
            value |= (states[depth, k - 1] << _ONE) | states[depth, k - 1] | (states[depth + 1, k - 1] << _ONE)
            if depth:
                value |= (((states[depth - 1, k - 1] & here) << _ONE) & before) << _ONE
        states[depth + 1, k] = value & every


@njit(cache=True)
def _align(cost, start, depth, letter, before, same, sound, accent, look, length):  # type: ignore[no-untyped-def]
    """Align one letter more of a form: what its first letters cost at least that end at each place of the text.

    Parameters
    ----------
    cost : ndarray of float32, (letters + 1, length + 1)
        By letters aligned and place; those of ``depth`` are known, the next are written.
    start : ndarray of int32, (letters + 1, length + 1)
        Where the cheapest alignment begins.
    depth : int
    letter, before : int
        The letter, and the one before it.
    same, sound, accent, look, length
        See `spot`.
    """
    j = depth + 1
    cost[j, 0] = j * EDIT
    start[j, 0] = 0
    for i in range(length):
        bit = _ONE << np.uint64(i)
        if same[letter] & bit:
            step = np.float32(0.0)
        elif sound[letter] & bit:
            step = SOUND
        elif accent[letter] & bit:
            step = ACCENT
        elif look[letter] & bit:
            step = LOOK
        else:
            step = EDIT
        best, origin = cost[depth, i] + step, start[depth, i]
        if cost[depth, i + 1] + EDIT < best:
            best, origin = cost[depth, i + 1] + EDIT, start[depth, i + 1]
        if cost[j, i] + EDIT < best:
            best, origin = cost[j, i] + EDIT, start[j, i]
        if (
            depth > 0
            and i > 0
            and (same[before] & bit)
            and (same[letter] & (bit >> _ONE))
            and cost[depth - 1, i - 1] + SWAP < best
        ):
            best, origin = cost[depth - 1, i - 1] + SWAP, start[depth - 1, i - 1]
        cost[j, i + 1] = best
        start[j, i + 1] = origin


@njit(cache=True)
def spot(letters, begins, shared, limits, same, sound, accent, look, length, found):  # type: ignore[no-untyped-def]
    """Write all spots into ``found`` and return their number.

    Parameters
    ----------
    letters : ndarray of uint16
        All forms, one after another, in the order of their letters.
    begins : ndarray of int32, (n + 1,)
    shared : ndarray of int8, (n,)
        First letters that each form has in common with the one before it: what is known of them is kept.
    limits : ndarray of float32, (n,)
        Largest cost of each form.
    same, sound, accent, look : ndarray of uint64, (letters of the alphabet,)
        Bit i: the i-th character of the text is this letter, sounds like it, ….
    length : int
        Of the text.
    found : ndarray of float32, (most, 4)
        Form, begin, end, cost. Forms are exact below 2**24.
    """
    near = same | sound | accent | look
    every = (_ONE << np.uint64(length)) | ((_ONE << np.uint64(length)) - _ONE)
    lacking = np.zeros(LONGEST_FORM + 1, np.int32)
    states = np.empty((LONGEST_FORM + 1, 4), np.uint64)
    states[0] = every
    cost = np.zeros((LONGEST_FORM + 1, length + 1), np.float32)
    start = np.empty((LONGEST_FORM + 1, length + 1), np.int32)
    start[0] = np.arange(length + 1)
    counted = read = aligned = number = 0
    for form in range(len(limits)):
        begin, size = begins[form], begins[form + 1] - begins[form]
        limit, common = limits[form], shared[form]
        counted = min(counted, common)
        read = min(read, common)
        aligned = min(aligned, common)
        while counted < size and lacking[counted] <= limit:
            lacking[counted + 1] = lacking[counted] + (near[letters[begin + counted]] == 0)
            counted += 1
        if lacking[counted] > limit:
            continue
        edits = min(int(limit / SWAP), 3)
        while read < size and states[read, edits]:
            before = near[letters[begin + max(read, 1) - 1]]
            _read(states, read, near[letters[begin + read]], before, every)
            read += 1
        if not states[read, edits]:
            continue
        while aligned < size:
            letter, before_it = letters[begin + aligned], letters[begin + max(aligned, 1) - 1]
            _align(cost, start, aligned, letter, before_it, same, sound, accent, look, length)
            aligned += 1
        first_spot = number
        for end in range(1, length + 1):
            least, origin = cost[size, end], start[size, end]
            if least > limit or end <= origin:
                continue
            if number > first_spot and found[number - 1, 2] > origin:
                if least < found[number - 1, 3]:
                    found[number - 1, 1] = origin
                    found[number - 1, 2] = end
                    found[number - 1, 3] = least
            elif number < len(found):
                found[number, 0] = form
                found[number, 1] = origin
                found[number, 2] = end
                found[number, 3] = least
                number += 1
    return number
