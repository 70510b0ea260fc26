"""The address library in a store: loaded, handed in again, extended, taken back, proven and copied."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_city
from sqlalchemy import text

from gridgeo.city import Source
from gridgeo.errors import CRSError, InputError, NotFoundError, StoreError
from gridgeo.intake.address_file import AddressForm
from gridgeo.intake.entries import Form
from gridgeo.jobs.address_words import add_alias, add_feedback, library_info, remove_alias
from gridgeo.jobs.addresses import ENTERPRISES, AddressReport, load_addresses, load_enterprises, remove_addresses
from gridgeo.jobs.audit import audit_store
from gridgeo.jobs.registers import load_register
from gridgeo.store import addresses as shelves
from gridgeo.store.addresses import ROW, AddressShelf
from gridgeo.store.base import Store, copy_store, open_store

ROAD = "漯河市源汇区马路街街道人民东路12号院3号楼"
CHILD = Path(small_city.__file__).with_name("library_child.py")
FIRM, OTHER = "91350100M000100Y43", "91110108551385082Q"


@pytest.fixture
def city(store: Store) -> Store:
    store.publish_first(small_city.publication_of(), by="li")
    return store


def home(name: str, address: str = ROAD, x: float = 500050, y: float = 3700150) -> list[Any]:
    return [name, address, x, y]


def written(folder: Path, rows: list[list[Any]], name: str = "地址") -> AddressForm:
    path = folder / f"{name}.csv"
    pd.DataFrame(rows, columns=["id", "address", "x", "y"]).to_csv(path, index=False, encoding="gbk")
    source = Source(file=path.name, path=path, crs=small_city.CRS)
    return AddressForm(source=source, address="address", x="x", y="y")


def load(store: Store, folder: Path, rows: list[list[Any]], name: str = "地址", **options: Any) -> AddressReport:
    return load_addresses(store, written(folder, rows, name), by="王", **options)


def numbers(report: AddressReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.gone


def rows(store: Store) -> list[tuple[str, str, str]]:
    with store.snapshot() as reader:
        table = AddressShelf(reader).rows()
    assert list(table) == list(ROW)
    return list(table[["source", "id", "text"]].itertuples(index=False, name=None))


def generation(store: Store) -> int:
    with store.snapshot() as reader:
        return AddressShelf(reader).generation()


def refutations(store: Store) -> list[str]:
    return [fault for proof in audit_store(store).proofs for fault in proof.faults]


# -------------------------------------------------------------------------- loading ----


def test_what_is_loaded_is_read_back_in_its_order(city, tmp_path):
    report = load(city, tmp_path, [home("0301"), home("0007", "人民路1号", 500150.125)])
    assert (report.change, numbers(report)) == (1, (2, 0, 0, 0))
    assert rows(city) == [("地址", "0301", ROAD), ("地址", "0007", "人民路1号")]
    with city.snapshot() as reader:
        table = AddressShelf(reader).rows()
    assert table["x"].tolist() == [500050.0, 500150.125]
    assert table["kind"].tolist() == ["address", "address"]
    assert refutations(city) == []


def test_an_empty_library_has_no_rows_and_no_generation(city):
    assert (rows(city), generation(city)) == ([], 0)
    assert library_info(city)["sources"] == []
    assert refutations(city) == []


def test_the_same_file_again_writes_nothing(city, tmp_path):
    given = [home("1"), home("2", "人民路1号")]
    load(city, tmp_path, given)
    before = city.info().counts
    report = load(city, tmp_path, given)
    assert (report.change, numbers(report)) == (None, (0, 0, 2, 0))
    assert (city.info().counts, generation(city)) == (before, 1)


@pytest.mark.parametrize("few", [0, 10])
def test_a_file_adds_and_changes_and_only_a_complete_one_removes(city, tmp_path, monkeypatch, few):
    monkeypatch.setattr("gridgeo.jobs.addresses.FEW", few)
    load(city, tmp_path, [home("1"), home("2"), home("3")])
    report = load(city, tmp_path, [home("2", "人民路2号"), home("4")])
    assert (report.change, numbers(report)) == (2, (1, 1, 0, 0))
    assert {(name, said) for _, name, said in rows(city)} == {("1", ROAD), ("2", "人民路2号"), ("3", ROAD), ("4", ROAD)}
    report = load(city, tmp_path, [home("3"), home("1", ""), home("4")], complete=True)
    assert (numbers(report), report.refused_rows) == ((0, 0, 2, 1), 1)
    assert {name for _, name, _ in rows(city)} == {"1", "3", "4"}
    assert refutations(city) == []


def test_a_source_is_not_touched_by_another(city, tmp_path):
    load(city, tmp_path, [home("1"), home("2")])
    with city.snapshot() as reader:
        before = AddressShelf(reader).ids("地址")["fid"].tolist()
    load(city, tmp_path, [home("1", "人民路9号")], "补充", complete=True)
    with city.snapshot() as reader:
        assert AddressShelf(reader).ids("地址")["fid"].tolist() == before
    assert rows(city)[-1] == ("补充", "1", "人民路9号")
    assert numbers(load(city, tmp_path, [home("1")], "别的", source="地址")) == (0, 0, 1, 0)


def test_many_rows_are_written_and_read_in_parts(city, tmp_path, monkeypatch):
    for name, few in (("ROWS_PER_PART", 3), ("ROWS_PER_READ", 2), ("PARTS_TOGETHER", 2), ("READS_TOGETHER", 2)):
        monkeypatch.setattr(shelves, name, few)
    given = [home(f"{nth:03d}", f"人民路{nth}号") for nth in range(20)]
    told: list[tuple[str, int, int]] = []
    load(city, tmp_path, given, tell=lambda *one: told.append(one))
    assert [name for _, name, _ in rows(city)] == [one[0] for one in given]
    assert told[-1] == ("publish", 20, 20)
    report = load(city, tmp_path, [*given[:7], home("007", "改名路7号"), *given[8:]])
    assert numbers(report) == (0, 1, 19, 0)


def test_text_of_every_kind_comes_back_as_it_was(city, tmp_path):
    odd = ["人民路1号\\n", "“黄河”路'2'号", "𠮷祥里3号", "a\\tb路%_4号", "🏠路5号"]
    path = tmp_path / "odd.parquet"
    pd.DataFrame({"id": list("12345"), "address": odd, "x": 500050.0, "y": 3700150.0}).to_parquet(path)
    source = Source(file="odd.parquet", path=path, crs=small_city.CRS)
    load_addresses(city, AddressForm(source=source, address="address", x="x", y="y"), by="王")
    assert [said for _, _, said in rows(city)] == odd


def test_rows_far_outside_are_taken_and_told(city, tmp_path):
    report = load(city, tmp_path, [home("1"), home("2"), home("3", x=512200)])
    assert (numbers(report), report.far, report.refused_rows) == ((3, 0, 0, 0), 1, 0)
    assert [one.text for one in report.doubts] == ["第 3 条（3）：坐标在网格范围外 12.0 公里，已载入，请核对。"]


def test_a_row_whose_axes_are_exchanged_is_refused(city, tmp_path):
    report = load(city, tmp_path, [home("1"), home("2", x=3700150, y=500050), home("3")])
    assert [one.text for one in report.refused] == ["第 2 条（2）：x、y 填反，对调后才在本市，未载入。"]
    assert [name for _, name, _ in rows(city)] == ["1", "3"]


def test_a_file_whose_axes_are_exchanged_is_refused(city, tmp_path):
    with pytest.raises(InputError, match=r"record 1: x and y are exchanged.*name --x and --y the other way round"):
        load(city, tmp_path, [home("1", x=3700150, y=500050), home("2", x=3700150, y=500050)])
    assert rows(city) == []


def test_a_wrong_crs_is_refused(city, tmp_path):
    with pytest.raises(CRSError, match="record 1: the coordinates are degrees"):
        load(city, tmp_path, [home("1", x=114.0005, y=33.4223)])


def test_another_citys_file_is_refused(city, tmp_path):
    with pytest.raises(InputError, match="only 0% of the points lie near the layer"):
        load(city, tmp_path, [home("1", x=640000, y=3100000)])


def test_a_store_without_a_layer_takes_no_addresses(store, tmp_path):
    with pytest.raises(NotFoundError, match="holds no published version yet"):
        load(store, tmp_path, [home("1")])


@pytest.mark.parametrize("name", [" ", "x" * 101, "a\nb"])
def test_a_source_has_a_name(city, tmp_path, name):
    with pytest.raises(InputError, match="is no name of a source"):
        load(city, tmp_path, [home("1")], source=name)


def test_enterprises_of_the_register_become_places_and_follow_it(city, tmp_path):
    path = tmp_path / "企业.csv"
    columns = ["id", "x", "y", "addr", "name", "phone"]

    def register(*given: list[Any], kind: str = "enterprise") -> None:
        pd.DataFrame(given, columns=columns).to_csv(path, index=False)
        source = Source(file="企业.csv", path=path, crs=small_city.CRS)
        form = Form(source=source, kind=kind, id="id", x="x", y="y", address="addr", name="name", phone="phone")
        load_register(city, form, by="王", complete=True)

    firm = [FIRM, 500050, 3700150, "太行路9号", "漯河一厂", "13812345678"]
    register(["N1", 500050, 3700150, ROAD, "张小明", "13812345678"], kind="household")
    register(firm, [OTHER, None, None, "黄河路1号", "漯河二厂", "1"])
    report = load_enterprises(city, by="王")
    assert (numbers(report), report.places) == ((1, 0, 0, 0), 1)
    assert report.notes == ["企业登记中有 1 家没有名称或坐标，未列入。"]
    with city.snapshot() as reader:
        (place,) = AddressShelf(reader).rows().to_dict("records")
    assert place == {
        "source": ENTERPRISES, "id": FIRM, "kind": "place", "name": "漯河一厂", "text": "太行路9号", "x": 500050.0,
        "y": 3700150.0,
    }  # fmt: skip
    register([OTHER, 500150, 3700150, "黄河路1号", "漯河二厂", "1"])
    assert numbers(load_enterprises(city, by="王")) == (1, 0, 0, 1)
    assert refutations(city) == []


# ------------------------------------------------------------------- small changes ----


def test_rows_are_removed_by_id_of_one_source_or_of_all(city, tmp_path):
    load(city, tmp_path, [home("1"), home("2")])
    load(city, tmp_path, [home("1")], "补充")
    assert remove_addresses(city, ["2", "9"], by="王", source="地址") == {"removed": {"地址": 1}, "unknown": ["9"]}
    assert remove_addresses(city, ["1"], by="王")["removed"] == {"地址": 1, "补充": 1}
    assert (rows(city), generation(city)) == ([], 5)
    with pytest.raises(NotFoundError, match="has no row of source 地址 with id 1"):
        remove_addresses(city, ["1"], by="王", source="地址")
    assert refutations(city) == []


def test_other_names_come_are_changed_and_go(city, tmp_path):
    load(city, tmp_path, [home("1")])
    assert add_alias(city, "老城医院", "人民东路", by="王")["known"]
    assert not add_alias(city, "老城医院", "第二医院", by="王", kind="former")["known"]
    add_alias(city, "老城医院", "人民东路", by="王", kind="former")
    assert library_info(city)["aliases"] == [
        {"alias": "老城医院", "name": "第二医院", "kind": "former"},
        {"alias": "老城医院", "name": "人民东路", "kind": "former"},
    ]
    assert remove_alias(city, "老城医院", "人民东路", by="王") == {"alias": "老城医院", "removed": 1}
    assert remove_alias(city, "老城医院", by="王")["removed"] == 1
    with pytest.raises(NotFoundError, match="has no alias '老城医院'"):
        remove_alias(city, "老城医院", by="王")
    assert generation(city) == 6
    assert refutations(city) == []


@pytest.mark.parametrize(
    ("alias", "name", "says"),
    [
        ("人民路", "人民路", "alias and name are the same"),
        ("路", "人民路", "'路' is no alias"),
        ("12345", "人民路", "'12345' is no alias"),
        ("人民路", "x" * 101, "is no name; it has 2 to 100 characters"),
        ("人民路", "老街", "'老街' is already an alias of '人民路'"),
    ],
)
def test_an_alias_that_cannot_be_one_is_refused(city, alias, name, says):
    add_alias(city, "老街", "人民路", by="王")
    with pytest.raises(InputError, match=says):
        add_alias(city, alias, name, by="王")


def test_feedback_is_kept_without_what_is_personal(city, tmp_path):
    load(city, tmp_path, [home("1")])
    told = add_feedback(city, " 我在马路街１２号院 电话13812345678 ", by="王", row_id="1")
    assert told == {"query": "我在马路街12号院 电话", "source": "地址", "id": "1", "code": "", "change": 2}
    add_feedback(city, "河边那个小区", by="王", code="411102001001001", note="核实过")
    with city.snapshot() as reader:
        assert AddressShelf(reader).feedback().to_numpy().tolist() == [
            ["我在马路街12号院 电话", "地址", "1", ""], ["河边那个小区", "", "", "411102001001001"]
        ]  # fmt: skip
        entries = reader.connection.execute(text("SELECT detail FROM audit WHERE act = 'library'")).all()
    assert not any("马路街" in detail for (detail,) in entries)
    assert (generation(city), refutations(city)) == (3, [])


def test_feedback_that_means_nothing_is_refused(city, tmp_path):
    load(city, tmp_path, [home("1")])
    load(city, tmp_path, [home("1")], "补充")
    with pytest.raises(InputError, match="stands in several sources, 地址, 补充; name one with --source"):
        add_feedback(city, "马路街", by="王", row_id="1")
    assert add_feedback(city, "马路街", by="王", row_id="1", source="补充")["source"] == "补充"
    for options in ({}, {"row_id": "1", "code": "411102001001001"}):
        with pytest.raises(InputError, match="either the row that it was"):
            add_feedback(city, "马路街", by="王", **options)
    with pytest.raises(NotFoundError, match="no row with id 7"):
        add_feedback(city, "马路街", by="王", row_id="7")
    with pytest.raises(NotFoundError, match="version 1 has no grid 1"):
        add_feedback(city, "马路街", by="王", code="1")
    with pytest.raises(InputError, match="citizen's id number"):
        add_feedback(city, "我是11010519491231002X", by="王", row_id="1")
    for query in ("", "13812345678", "🏠", "路" * 501):
        with pytest.raises(InputError, match="the text is no address"):
            add_feedback(city, query, by="王", row_id="1")


# ------------------------------------------------------------------------- the whole ----


def test_a_library_is_copied_with_the_store(city, store_url_of, tmp_path):
    load(city, tmp_path, [home("1"), home("2")])
    add_alias(city, "老街", "人民东路", by="王")
    copied = copy_store(store_url_of(city), str(tmp_path / "copy.gpkg"))
    assert [copied[name][0] for name in ("address_row", "address_alias", "address_load")] == [2, 1, 2]
    with open_store(str(tmp_path / "copy.gpkg")) as copy:
        assert (rows(copy), generation(copy), refutations(copy)) == (rows(city), 2, [])
        load(copy, tmp_path, [home("3")])
        assert refutations(copy) == []


@pytest.mark.parametrize(
    ("meddling", "says"),
    [
        ("UPDATE address_row SET load = 7 WHERE id = '1'", "source 地址: no load brought row 1"),
        ("DELETE FROM address_row WHERE id = '1'", "source 地址: 1 rows are there, its changes say 2"),
        ("DELETE FROM address_alias", "0 aliases are there, its changes say 1"),
    ],
)
def test_meddling_with_the_library_is_found(city, tmp_path, meddling, says):
    load(city, tmp_path, [home("1"), home("2")])
    add_alias(city, "老街", "人民东路", by="王")
    with city.backend.writing() as connection:
        connection.execute(text(meddling))
    assert any(says in fault for fault in refutations(city))


def test_the_journal_is_never_rewritten(city, tmp_path):
    load(city, tmp_path, [home("1")])
    for meddling in ("UPDATE address_load SET actor = 'x'", "DELETE FROM address_load"):
        with pytest.raises(StoreError, match="history of address_load is never rewritten"), city.backend.writing() as c:
            c.execute(text(meddling))


def test_killed_in_the_middle_nothing_was_loaded(city, store_url_of, tmp_path):
    form, root = written(tmp_path, [home("1")]), str(CHILD.parents[2])
    with subprocess.Popen(
        [sys.executable, str(CHILD), store_url_of(city), str(form.source.path)], cwd=root,
        env={**os.environ, "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout.readline() == "half way\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait(30) == -signal.SIGKILL
    assert (rows(city), generation(city), refutations(city)) == ([], 0, [])
    assert numbers(load(city, tmp_path, [home("1")])) == (1, 0, 0, 0)


def test_a_reader_sees_the_library_of_its_moment(city, tmp_path):
    load(city, tmp_path, [home("1")])
    with city.snapshot() as reader:
        shelf = AddressShelf(reader)
        assert shelf.generation() == 1
        load(city, tmp_path, [home("2")])
        assert (shelf.generation(), len(shelf.rows())) == (1, 1)
    assert (generation(city), len(rows(city))) == (2, 2)
