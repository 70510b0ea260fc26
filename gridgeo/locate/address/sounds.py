"""How characters sound: their syllables without tones, and which syllables an accent makes equal.

In: characters, or a table by code point for kernels. Out: syllables, or their numbers. Next: names are spotted by
sound. Made by ``bench/make_characters.py`` from pypinyin (``data/VENDOR.json``), with readings that place names have.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEARD", "READINGS", "SYLLABLES", "heard", "readings", "syllable_ids"]

MOST = 3
"""Readings of a character that are kept, the usual one first."""

_FILE = Path(__file__).parent / "data" / "readings.txt"


def _read() -> tuple[tuple[str, ...], NDArray[np.uint16]]:
    """Return the syllables, an empty one first, and up to three of their numbers for every code point."""
    lines = [line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines()]
    table = np.zeros((0x10000, MOST), np.uint16)
    for rank in range(MOST):
        chars = [line[rank + 1] if len(line) > rank + 1 else "" for line in lines]
        numbers = np.repeat(np.arange(1, len(lines) + 1, dtype=np.uint16), [len(part) for part in chars])
        table[np.frombuffer("".join(chars).encode("utf-16-le"), "<u2"), rank] = numbers
    table.flags.writeable = False
    return ("", *(line[0] for line in lines)), table


def heard(syllable: str) -> str:
    """Return a syllable as an accent says it: equal keys are fuzzily the same.

    zh ch sh are z c s, n is l, hu is f (湖扶, 黄方), and -ng is -n after a, e, i (an/ang, en/eng, in/ing). r and l are
    not folded, nor ong: those confuse more names than they save.

    Examples
    --------
    >>> heard("zhang"), heard("nan"), heard("hui") == heard("fei"), heard("hong"), heard("nv")
    ('zan', 'lan', True, 'hong', 'lv')
    """
    key = syllable
    if key[1:2] == "h":
        key = key[0] + key[2:]
    elif key[:1] == "n":
        key = "l" + key[1:]
    elif key[:2] == "hu":
        key = _WITH_F.get(key, key)
    return key[:-1] if key.endswith(("ang", "eng", "ing")) else key


_WITH_F = {"hu": "fu", "hua": "fa", "hui": "fei", "hun": "fen", "huan": "fan", "huang": "fang", "huo": "fo"}
"""What remains of a u after f. There is no fai for huai."""

SYLLABLES, READINGS = _read()
"""Every syllable, number 0 is none; READINGS: uint16, (0x10000, 3), numbers by code point, 0 for none."""


def _keys() -> NDArray[np.uint16]:
    """Return for every syllable the number of the first with the same key."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(heard(name), number) for number, name in enumerate(SYLLABLES)], np.uint16)


HEARD = _keys()
"""uint16, by syllable: equal numbers are fuzzily the same; 0 is none."""
HEARD.flags.writeable = False


def syllable_ids(char: str) -> tuple[int, ...]:
    """Return the numbers of a character's syllables in `SYLLABLES`, the usual one first; empty for what has none."""
    code = ord(char)
    return tuple(int(number) for number in READINGS[code] if number) if code < len(READINGS) else ()


def readings(char: str) -> tuple[str, ...]:
    """Return the syllables of a simplified character without tones, ü as v, the usual one first.

    Examples
    --------
    >>> readings("堡"), readings("尉"), readings("漯"), readings("女"), readings("A")
    (('bao', 'bu', 'pu'), ('wei', 'yu'), ('luo', 'ta'), ('nv',), ())
    """
    return tuple(SYLLABLES[number] for number in syllable_ids(char))
