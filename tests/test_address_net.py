"""The safety net: stems found by the pairs of characters that they share with a text."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gridgeo.locate.address.library import Library
from gridgeo.locate.address.net import make_net

sys.path.insert(0, str(Path(__file__).parent))

from address_town import HEAD, library_of


@pytest.fixture(scope="module")
def library() -> Library:
    numbers = [(f"{HEAD}人民东路{number}号", number, 5) for number in range(1, 30)]
    return library_of(*numbers, (HEAD + "泰山路8号泰山小区3号楼", 5, 150), ("路", 9, 9), ("???", 9, 9))


def texts_of_stems(library: Library) -> list[str]:
    names, words = [*library.lexicon.names, ""], [*library.words, ""]
    stems = zip(library.stem_names.tolist(), library.stem_words.tolist(), strict=True)
    return ["".join(names[at] for at in own) + "".join(words[at] for at in numbers) for own, numbers in stems]


@pytest.mark.parametrize("together", [1, 5, 1 << 15])
def test_every_pair_of_a_stem_is_kept_once(library: Library, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr("gridgeo.locate.address.net.STEMS_TOGETHER", together)
    net = make_net(library)
    kept = {
        (chr(pair >> 32) + chr(pair & 0xFFFFFFFF), stem)
        for at, pair in enumerate(net.pairs.tolist())
        for stem in net.stems[net.begins[at] : net.begins[at + 1]].tolist()
    }
    texts = enumerate(texts_of_stems(library))
    assert kept == {(text[at : at + 2], stem) for stem, text in texts for at in range(len(text) - 1)}
    assert len(kept) == len(net.stems)
    assert (np.diff(net.pairs) > 0).all()


def test_what_is_written_most_alike_comes_first(library: Library) -> None:
    (stem, alike), *others = make_net(library).near("泰山小区泰山路")
    assert "泰山小区" in texts_of_stems(library)[stem]
    assert all(other < alike for _, other in others)


def test_a_text_that_shares_nothing_is_near_nothing(library: Library) -> None:
    assert make_net(library).near("月球") == []


def test_a_library_without_names_is_near_nothing() -> None:
    assert make_net(library_of(("", 5, 5))).near("人民路") == []
