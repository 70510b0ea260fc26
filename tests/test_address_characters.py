"""Characters are folded one by one, sound as names sound, and look as they look."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gridgeo.locate.address import characters
from gridgeo.locate.address.characters import (
    HEARD,
    READINGS,
    SYLLABLES,
    alike,
    alike_table,
    heard,
    look_alikes,
    radicals,
    readings,
    simplified,
    syllable_ids,
)

DATA = Path(characters.__file__).parent / "data"
ACCENTS = ["zhang zang", "nan lan", "lin ling", "hui fei", "huang fang", "shen seng", "nv lv", "chen ceng"]
CONFUSED = [
    "泰秦",
    "己已",
    "已巳",
    "未末",
    "土士",
    "颍颖",
    "嵩蒿",
    "陵凌",
    "河何",
    "堤提",
    "柳抑",
    "庄压",
    "锦绵",
    "晋普",
]
DISTINCT = ["ren len", "hong feng", "dong don", "bei pei", "jian qian", "li lu", "hai fai"]


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("臺北市中山區長安東路", "台北市中山区长安东路"),
        ("東園街樓棟號", "东园街楼栋号"),
        ("雙峯邨衖", "双峰村弄"),
        ("後海", "后海"),
        ("関帝庙", "关帝庙"),
        ("鍾樓", "钟楼"),
    ],
)
def test_traditional_characters_and_variants_become_the_usual_ones(written: str, usual: str) -> None:
    assert simplified(written) == usual


@pytest.mark.parametrize("name", ["乾县", "於潜镇", "著作", "陶喆", "堃和", "沙家浜", "人民路12号A座"])
def test_what_simplified_names_have_stays(name: str) -> None:
    assert simplified(name) == name


def test_folding_keeps_the_length_and_is_done_after_one_pass() -> None:
    text = "".join(map(chr, range(0x2E80, 0xD800)))
    folded = simplified(radicals(text))
    assert len(folded) == len(text)
    assert simplified(radicals(folded)) == folded


def test_radicals_and_compatibility_ideographs_become_characters() -> None:
    assert radicals("⻄安⻓安⻢⻰⻩⻬⻔⾦豈") == "西安长安马龙黄齐门金豈"


@pytest.mark.parametrize(
    ("char", "spoken"),
    [("堡", "bao bu pu"), ("尉", "wei yu"), ("漯", "luo ta"), ("厦", "sha xia"), ("六", "liu lu"), ("大", "da dai"),
     ("行", "xing hang heng"), ("蚌", "bang beng"), ("圳", "zhen"), ("绿", "lv lu"), ("召", "zhao shao")],
)  # fmt: skip
def test_places_are_read_as_their_people_say(char: str, spoken: str) -> None:
    assert readings(char)[: len(spoken.split())] == tuple(spoken.split())


@pytest.mark.parametrize("other", ["A", "1", "。", "😀", "か"])
def test_what_is_no_character_has_no_reading(other: str) -> None:
    assert readings(other) == () == syllable_ids(other)


def test_every_character_of_gb2312_has_a_reading() -> None:
    codes = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    assert [char for char in (code.decode("gb2312", "ignore") for code in codes) if char and not readings(char)] == []


@pytest.mark.parametrize("pair", ACCENTS)
def test_an_accent_makes_syllables_equal(pair: str) -> None:
    one, other = pair.split()
    assert heard(one) == heard(other)


@pytest.mark.parametrize("pair", DISTINCT)
def test_no_accent_makes_these_equal(pair: str) -> None:
    one, other = pair.split()
    assert heard(one) != heard(other)


def test_kernels_read_the_same_sounds_as_functions() -> None:
    assert READINGS.shape == (0x10000, 3)
    assert READINGS.dtype == HEARD.dtype == np.uint16
    assert len(HEARD) == len(SYLLABLES)
    assert [SYLLABLES[number] for number in READINGS[ord("堡")]] == ["bao", "bu", "pu"]
    zhang, zang = SYLLABLES.index("zhang"), SYLLABLES.index("zang")
    assert HEARD[zhang] == HEARD[zang] != HEARD[SYLLABLES.index("zong")]
    assert HEARD[0] == 0 == np.count_nonzero(HEARD[1:] == 0)


@pytest.mark.parametrize("pair", CONFUSED)
def test_characters_that_people_confuse_look_alike_from_both_sides(pair: str) -> None:
    one, other = pair
    assert alike(one, other) == alike(other, one) > 0.4
    assert other in look_alikes(one) or one in look_alikes(other)


@pytest.mark.parametrize("pair", ["山路", "东村", "漯河", "人民", "王李", "A路", "路😀", "号7"])
def test_others_do_not(pair: str) -> None:
    assert alike(*pair) == 0


def test_a_character_is_most_like_itself_and_never_its_own_neighbour() -> None:
    assert alike("泰", "泰") == alike("A", "A") == 1
    assert look_alikes("泰")[0] == "秦"
    table = alike_table()
    own = np.flatnonzero(table.row)
    assert not (table.neighbours[table.row[own]] == own[:, None]).any()
    assert not table.likeness[0].any()


def test_neighbours_come_nearest_first() -> None:
    likeness = alike_table().likeness.astype(int)
    assert (np.diff(likeness, axis=1) <= 0).all()


def test_tables_are_the_ones_that_were_vendored() -> None:
    vendor = json.loads((DATA / "VENDOR.json").read_text(encoding="utf-8"))
    sums = {name: digest for entry in vendor.values() for name, digest in entry["sha256"].items()}
    assert sums == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in DATA.iterdir() if path.name in sums
    }
    assert {path.name for path in DATA.iterdir()} - set(sums) == {"VENDOR.json"}


def test_no_dictionary_is_imported() -> None:
    program = "import sys, gridgeo.locate.address.characters; print({'pypinyin', 'opencc', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
