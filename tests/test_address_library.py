"""What a library makes of rows: stems, one spelling, levels that others tell; kept in a file and opened again."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgeo.errors import ReadError
from gridgeo.locate.address.learn import known_names
from gridgeo.locate.address.library import LEVELS, TAIL, Library, build_library
from gridgeo.locate.address.library_file import FORM, open_library, save_library
from gridgeo.locate.address.normalise import plain_row
from gridgeo.locate.address.parse import SLOTS, Parser, parse
from gridgeo.locate.address.rows import row_columns
from gridgeo.locate.address.texts import Texts, texts_of

sys.path.insert(0, str(Path(__file__).parent))

from address_town import HEAD, library_of, rows

TOWN = rows().assign(source="a")
FEEDBACK = [("河边的小区", "a", "R0001", ""), ("桥头", "", "", "411102001001001")]


def levels_of(library: Library) -> dict[str, dict[str, str]]:
    """Return what is known of every row, by its id, levels without a value left out."""
    names, words = [*library.lexicon.names, ""], [*library.words, ""]
    told = {}
    for stem in range(len(library.stem_names)):
        own = dict(zip(LEVELS, (names[at] for at in library.stem_names[stem]), strict=True))
        own |= dict(zip(("road_no", "sub_no", "group"), (words[at] for at in library.stem_words[stem]), strict=True))
        for row in range(library.stem_begins[stem], library.stem_begins[stem + 1]):
            tail = dict(zip(TAIL, (words[at] for at in library.row_words[row]), strict=True))
            told[library.ids.of(row)] = {level: value for level, value in (own | tail).items() if value}
    return told


def column(library: Library, level: str) -> list[str]:
    told = levels_of(library)
    return [told[f"A{at}"].get(level, "") for at in range(1, len(told) + 1)]


# ------------------------------------------------------------------------------ stems ----


def test_rows_that_differ_by_building_unit_and_room_are_one_stem() -> None:
    rooms = [f"秦岭路8号泰山小区{b}号楼{u}单元{r}室" for b in (1, 2) for u in (1, 2) for r in (101, 201)]
    library = library_of(*((HEAD + room, 5, 150) for room in rooms), (HEAD + "秦岭路10号", 9, 150))
    assert (len(library), len(library.stem_names)) == (9, 2)
    assert levels_of(library)["A6"] == {
        "district": "源汇区", "street": "老街街道", "road": "秦岭路", "road_no": "8", "estate": "泰山小区",
        "building": "2", "unit": "1", "room": "201",
    }  # fmt: skip


def test_houses_of_a_villages_group_are_one_stem() -> None:
    houses = [(f"{HEAD}闫庄村3组{house}号", house, 50) for house in range(1, 6)]
    library = library_of(*houses, (HEAD + "闫庄村4组1号", 9, 9))
    assert len(library.stem_names) == 2
    assert levels_of(library)["A2"]["house_no"] == "2"
    assert levels_of(library)["A6"]["group"] == "4"


def test_a_place_is_a_stem_beside_its_address() -> None:
    library = library_of((HEAD + "人民东路3号", 5, 5), (HEAD + "人民东路3号", 5, 5, "鑫源超市"))
    assert len(library.stem_names) == 2
    assert column(library, "place") == ["", "鑫源超市"]


def test_rows_come_back_as_they_were_loaded() -> None:
    library = build_library(TOWN)
    where = {library.ids.of(at): at for at in range(len(library))}
    for row in TOWN.itertuples():
        at = where[row.id]
        assert (library.texts.of(at), library.names.of(at), library.sources.of(at)) == (row.text, row.name, "a")
        assert (library.x[at], library.y[at]) == (row.x, row.y)


def test_a_row_in_which_nothing_is_recognised_is_kept() -> None:
    library = library_of(("？？？", 9999, 1), (HEAD + "人民东路3号", 5, 5))
    assert levels_of(library)["A1"] == {"estate": "???"}


# --------------------------------------------------------------------------- spelling ----


def test_rare_spellings_of_a_name_become_the_usual_one() -> None:
    usual = [(f"漯河市源汇区老街街道友爱街社区人民路{at}号", at, 0) for at in range(1, 9)]
    library = library_of(*usual, ("漯河市源汇老街办事处友爱街居委会人民路20号", 20, 0))
    assert levels_of(library)["A9"] == {
        "district": "源汇区", "street": "老街街道", "community": "友爱街社区", "road": "人民路", "road_no": "20",
    }  # fmt: skip


def test_of_two_spellings_that_are_equally_usual_one_is_taken() -> None:
    rows = [(f"{HEAD}友爱{word}人民路{at}号", at, 0) for at in range(1, 9) for word in ("社区", "居委会")]
    assert len(set(column(library_of(*rows), "community"))) == 1


def test_a_spelling_that_the_layer_has_is_taken_however_rare_it_is() -> None:
    rows = [(f"{HEAD}友爱居委会人民路{at}号", at, 0) for at in range(1, 9)] + [(f"{HEAD}友爱社区人民路90号", 90, 0)]
    assert set(column(library_of(*rows, communities=["友爱社区"]), "community")) == {"友爱社区"}


def test_an_estate_at_one_number_has_one_name() -> None:
    rooms = [(f"{HEAD}秦岭路8号泰山小区{at}号楼101室", 5, 5) for at in range(1, 5)]
    library = library_of(*rooms, (HEAD + "秦岭路8号泰山5号楼101室", 5, 5), (HEAD + "黄河路2号泰山5号楼101室", 900, 900))
    assert column(library, "estate") == ["泰山小区"] * 5 + ["泰山"]


def test_a_name_that_two_others_may_be_stays_as_it_is() -> None:
    north, south = (
        [(f"漯河市源汇区{name}人民路{at}号", at, 0) for at in range(1, 5)] for name in ("泰山街道", "泰山镇")
    )
    library = library_of(*north, *south, ("漯河市源汇区泰山办事处人民路20号", 20, 0))
    assert set(column(library, "street")[:8]) == {"泰山街道", "泰山镇"}


def test_a_missing_level_is_told_by_another_row_of_the_same_place() -> None:
    rest = [(f"{HEAD}友爱街社区人民路{at}号", 5 * at, 0) for at in range(1, 9)]
    library = library_of(*rest, ("源汇区人民路3号2号楼", 5000, 0), communities=["友爱街社区"])
    assert levels_of(library)["A9"]["community"] == "友爱街社区"
    assert levels_of(library)["A9"]["street"] == "老街街道"


def test_a_missing_level_is_told_by_the_nearest_row_if_that_is_near() -> None:
    here = [(f"漯河市源汇区老街街道友爱街社区人民路{at}号", 5 * at, 0) for at in range(1, 9)]
    library = library_of(*here, ("漯河市人民路40号", 60, 0), ("漯河市人民路9000号", 9000, 0))
    assert column(library, "community")[8:] == ["友爱街社区", ""]
    assert column(library, "district")[8:] == ["源汇区", ""]


# ------------------------------------------------------------------------------ names ----


def test_names_of_areas_are_learnt_from_addresses() -> None:
    texts = [f"漯河市凤桥区蓝田街道友爱社区人民路{at}号" for at in range(9)] + ["漯河市凤桥区蓝天街道人民路9号"]
    assert known_names(texts) == {
        "province": [], "city": ["漯河市"], "district": ["凤桥区"], "street": ["蓝田街道"], "community": ["友爱社区"],
    }  # fmt: skip


def test_the_short_name_of_a_community_is_no_name_of_its_own() -> None:
    texts = [f"{HEAD}崇德人民路{at}号" for at in range(5)]
    assert known_names(texts, ["崇德社区"])["community"] == ["崇德社区"]
    library = library_of(
        *((text, 5, 5) for text in texts), (HEAD + "崇德路5号", 9, 9), communities=["崇德社区", "泰山社区"]
    )
    assert column(library, "road") == ["人民路"] * 5 + ["崇德路"]
    branch = library_of((HEAD + "崇德支路5号", 9, 9), communities=["崇德社区"])
    assert column(branch, "road") == ["崇德支路"]


@pytest.mark.parametrize("name", ["泰山名苑", "泰山水岸", "泰山里", "泰山天地东区", "泰山国际"])
def test_an_estate_that_is_called_as_its_community_keeps_its_name(name: str) -> None:
    library = library_of((f"{HEAD}{name}3号楼501室", 5, 5), (HEAD + name, 5, 5), communities=["泰山社区"])
    assert column(library, "estate") == [name] * 2
    assert column(library, "community") == [""] * 2


def test_a_street_without_its_kind_is_none_that_begins_with_its_district() -> None:
    whole = [f"栖阳市兰渚区{street}街道晨曦社区人民路{at}号" for street in ("白塔", "新安") for at in range(9)]
    short = [f"栖阳市兰渚区{street}晨曦社区人民路{at}号" for street in ("白塔", "") for at in range(4)]
    known = known_names([*whole, *short], ["晨曦社区"])
    assert (known["district"], known["street"]) == (["兰渚区"], ["新安街道", "白塔街道"])


def test_a_district_in_which_all_lie_is_the_city() -> None:
    texts = [f"永城市{street}街道人民路{at}号" for at in range(5) for street in ("东城", "西城")]
    assert known_names(texts)["city"] == ["永城市"]
    assert known_names(texts)["district"] == []


def test_a_province_that_no_list_has_is_learnt_with_its_city() -> None:
    parts = [(area, street, at) for area in ("凤桥区", "荻浦县") for street in ("望江", "石桥") for at in range(5)]
    texts = [f"云川省峦安市{area}{street}街道人民路{at}号" for area, street, at in parts]
    known = known_names(texts)
    assert (known["province"], known["city"]) == (["云川省"], ["峦安市"])
    assert known["district"] == ["凤桥区", "荻浦县"]
    library = library_of(*((text, at, 0) for at, text in enumerate(texts)))
    assert (library.province, library.city) == (("云川省",), ("峦安市",))


def test_a_community_that_the_layer_names_is_not_another_one() -> None:
    both = [f"{HEAD}友爱社区人民路{at}号" for at in range(5)] + [f"{HEAD}友爱居委会黄河路{at}号" for at in range(3)]
    table = pd.DataFrame(
        {"source": "a", "id": [f"A{at}" for at in range(1, 9)], "name": "", "text": both, "x": 0.0, "y": 0.0}
    )
    known = build_library(table, communities=["友爱社区", "友爱居委会"])
    assert len(set(column(known, "community"))) == 2
    assert len(set(column(build_library(table), "community"))) == 1


def test_a_city_behind_its_province_is_known_by_itself() -> None:
    library = library_of(*((f"河南省漯河市源汇区人民路{at}号", at, 0) for at in range(1, 9)))
    assert library.city == ("漯河市",)


def test_names_begin_with_places_that_all_companies_share() -> None:
    firms = [(HEAD + f"人民路{at}号", at, 0, f"漯河{name}商贸有限公司") for at, name in enumerate(("鑫源", "永丰"), 1)]
    library = library_of(*firms)
    spots = library.lexicon.spots("永丰商贸")
    assert [library.lexicon.names[at] for at in spots.name[spots.cost == 0]] == ["漯河永丰商贸有限公司"]


def test_an_alias_is_a_name_of_what_bears_its_name() -> None:
    library = library_of(
        (HEAD + "人民路3号", 1, 1, "第二人民医院"), aliases=[("老城医院", "第二人民医院"), ("某处", "不在库中")]
    )
    assert len(library.lexicon.spots("老城医院").name) == 1
    assert len(library.lexicon.spots("某处").name) == 0


# ------------------------------------------------------------------------------ order ----


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random) -> None:
    table = pd.concat([TOWN, dirty()], ignore_index=True)
    order = list(range(len(table)))
    random.shuffle(order)
    one, two = build_library(table), build_library(table.iloc[order].reset_index(drop=True))
    assert levels_of(one) == levels_of(two)
    assert (one.city, set(one.lexicon.names), set(one.words)) == (two.city, set(two.lexicon.names), set(two.words))


def dirty() -> pd.DataFrame:
    """Return rows that leave out levels or spell them otherwise."""
    said = ["源汇区人民东路3号2号楼", "老街办事处人民东路60号", "秦岭路8号泰山13号楼101室", "泰山小区14号楼"]
    table = pd.DataFrame({"source": "b", "id": [f"D{at}" for at in range(4)], "name": "", "text": said})
    return table.assign(x=[500012.3, 500290.1, 500171.7, 500182.9], y=[3700251.1, 3700247.3, 3700151.3, 3700149.1])


@given(
    st.lists(
        st.one_of(st.text(max_size=12), st.text("人民路源汇区12３甲-号楼室 ", max_size=14)), min_size=1, max_size=12
    )
)
def test_rows_are_taken_apart_as_one_by_one(texts: list[str]) -> None:
    together = row_columns(texts, Parser())
    alone = [parse(clean.text, clean.breaks) for clean in map(plain_row, texts)]
    one_by_one = {name: [slot.value if (slot := getattr(row, name)) else "" for row in alone] for name in SLOTS}
    assert {name: list(together[name]) for name in SLOTS} == one_by_one


def test_rows_are_taken_apart_alike_however_many_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*TOWN["text"], "", "人民路１２号", "人民路12号"]
    together = row_columns(texts, Parser())
    monkeypatch.setattr("gridgeo.locate.address.rows.ROWS_TOGETHER", 7)
    assert {name: list(values) for name, values in row_columns(texts, Parser()).items()} == {
        name: list(values) for name, values in together.items()
    }


def test_a_column_is_let_go_when_it_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    held = []

    def packed(values: pd.Series, order: np.ndarray) -> Texts:
        held.append(pa.total_allocated_bytes())
        return texts_of(values, order)

    def arrow(values: pd.Series) -> pd.Series:
        return pd.Series(pd.array(pa.array(values.tolist(), pa.large_string()), dtype="str"))

    monkeypatch.setattr("gridgeo.locate.address.library.texts_of", packed)
    build_library(TOWN.assign(**{name: arrow(TOWN[name]) for name in ("source", "id", "name", "text")}))
    assert len(held) == 4
    assert max(held) - held[0] < 1000  # bytes: each column takes several thousand


def test_packing_copies_nothing_that_lies_together() -> None:
    texts = pa.array(["人民路12号", "", "泰山路3号"], pa.large_string())
    packed = texts_of(texts)
    assert np.shares_memory(packed.letters, np.frombuffer(texts.buffers()[2], np.uint8))
    assert [texts_of(texts[1:]).of(at) for at in range(2)] == ["", "泰山路3号"]


@given(st.lists(st.text(max_size=6), max_size=9), st.randoms(use_true_random=False))
def test_packed_texts_come_back_in_any_order(texts: list[str], random) -> None:
    order = list(range(len(texts)))
    random.shuffle(order)
    packed = texts_of(texts, np.array(order, np.int64))
    assert [packed.of(at) for at in range(len(texts))] == [texts[at] for at in order]


# ------------------------------------------------------------------------------- file ----


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("library") / "a.addresses"
    save_library(build_library(TOWN, feedback=FEEDBACK), path, digest="one")
    return path.read_bytes()


def test_a_file_gives_the_library_back(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "a").write_bytes(written)
    kept = open_library(tmp_path / "a", digest="one")
    made = build_library(TOWN, feedback=FEEDBACK)
    assert levels_of(kept) == levels_of(made)
    assert (kept.city, kept.told, kept.told_grid) == (made.city, made.told, made.told_grid)
    assert list(kept.words) == list(made.words)
    one, two = kept.lexicon.spots("在人名东路12号"), made.lexicon.spots("在人名东路12号")
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def refused(path: Path, content: bytes, **options: str) -> str:
    path.write_bytes(content)
    with pytest.raises(ReadError) as error:
        open_library(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{path} ")


def test_the_library_of_other_addresses_and_what_is_none_say_so(tmp_path: Path, written: bytes) -> None:
    assert (
        refused(tmp_path / "a", written, digest="two")
        == "is the library of other addresses; delete it, it is built again"
    )
    assert "another version of gridgeo" in refused(
        tmp_path / "a", written.replace(FORM.encode(), b"gridgeo addresses 0", 1)
    )
    assert refused(tmp_path / "a", b"SQLite format 3\0") == "is no address library of gridgeo"
    with pytest.raises(ReadError, match="there is no such file"):
        open_library(tmp_path / "missing")


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_is_refused(
    tmp_path_factory: pytest.TempPathFactory, written: bytes, share: float
) -> None:
    refused(tmp_path_factory.mktemp("cut") / "a", written[: int(len(written) * share)])


@settings(max_examples=40)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_file_with_one_wrong_bit_is_refused_or_means_the_same(
    tmp_path_factory: pytest.TempPathFactory, written: bytes, place: float, bit: int
) -> None:
    damaged = bytearray(written)
    damaged[int(len(damaged) * place)] ^= 1 << bit
    path = tmp_path_factory.mktemp("bit") / "a"
    path.write_bytes(bytes(damaged))
    try:
        kept = open_library(path, digest="one")
    except ReadError:
        return
    assert levels_of(kept) == levels_of(build_library(TOWN))  # padding between arrays, or white space in the head


def test_a_row_without_district_lies_in_that_of_its_community() -> None:
    rows = [(f"大理白族自治州云龙县诺邓镇果郎社区民族街{at}号", 10 * at, 0) for at in range(1, 5)]
    others = [(f"大理白族自治州宾川县金牛镇老街社区民族街{at}号", 20 + at, 0) for at in range(5, 9)]
    library = library_of(*rows, ("大理白族自治州果郎社区民族街5号", 22, 0), *others)
    names = library.lexicon.names
    fifth = [[names[at] for at in stem[:3]] for stem in library.stem_names[library.stem_number == 5].tolist()]
    assert sorted(fifth) == [["云龙县", "诺邓镇", "果郎社区"], ["宾川县", "金牛镇", "老街社区"]]
