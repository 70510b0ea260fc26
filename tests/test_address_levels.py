"""Tables that keep an address in several columns, and coordinates in other ways than as numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from gridgeo.city import Source
from gridgeo.errors import InputError
from gridgeo.intake.address_entries import checked_addresses
from gridgeo.intake.address_file import AddressFile, AddressForm, read_address_file
from gridgeo.intake.address_levels import joined_levels

CRS = "EPSG:4547"
LEVELS = ["区县", "街道", "道路", "门牌号", "小区", "楼栋", "单元", "房号"]


def joined(*row: str, columns: list[str] = LEVELS) -> str:
    return joined_levels({name: pa.array([value]) for name, value in zip(columns, row, strict=True)})[0].as_py()


def read(folder: Path, header: list[str], rows: list[list[object]], *, crs: str = CRS, **said: str) -> AddressFile:
    path = folder / "地址.csv"
    pd.DataFrame(rows, columns=header).to_csv(path, index=False)
    return read_address_file(AddressForm(source=Source(file=path.name, path=path, crs=crs), **said))


@pytest.mark.parametrize(
    ("row", "address"),
    [
        ("马路街街道 人民路 12号 泰山小区 3号楼 2单元 501室", "人民路12号泰山小区3号楼2单元501室"),
        ("马路街街道 人民路 12 泰山小区 3 2 501", "人民路12号泰山小区3栋2单元501室"),
        ("马路街街道 人民路 12.0 _ 3.0 无 /", "人民路12号3栋"),
        ("马路街街道 人民路 １２－３ - B NULL 1203", "人民路12-3号B栋1203室"),
        ("马路街街道 人民路 人民路12号 泰山小区 泰山小区3号楼 _ _", "人民路12号泰山小区3号楼"),
        ("源汇区马路街街道 人民路 0 泰山小区 东楼 乙单元 负一层", "人民路泰山小区东楼乙单元负一层"),
    ],
)
def test_levels_are_joined_with_the_words_for_what_they_count(row: str, address: str) -> None:
    assert joined("源汇区", *(cell.strip("_") for cell in row.split())) == "源汇区马路街街道" + address


def test_one_column_alone_is_left_as_it_is():
    assert joined("12", columns=["门牌号"]) == "12"


def test_several_columns_of_a_file_are_one_address(tmp_path):
    row = ["1", "源汇区", "", "人民路", 12, "", 3, 2, 501, 500050, 3700150]
    said = "区县,街道,道路，门牌号,小区,楼栋,单元,房号"
    file = read(tmp_path, ["id", *LEVELS, "x", "y"], [row], address=said, x="x", y="y")
    assert file.addresses.to_pylist() == ["源汇区人民路12号3栋2单元501室"]


def test_a_column_that_is_named_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="--address and --address both name the column 道路"):
        read(tmp_path, ["id", "道路", "x", "y"], [["1", "人民路", 1, 2]], address="道路,道路", x="x", y="y")


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("113°30′18″", "34°15′0″"), ("113度30分18秒", "34度15分"), ("E113°30'18\"", "34°15'N"), ("113.505°", "34.25°"),
        ("东经113.505", "北纬34.25"), ("113,5050", "34,25"), ("１１３．５０５", "34.25"), ("113.505E", "34.25N"),
    ],
)  # fmt: skip
def test_degrees_are_read_as_people_write_them(tmp_path, x, y):
    file = read(tmp_path, ["id", "a", "x", "y"], [["1", "人民路", x, y]], crs="EPSG:4490", address="a", x="x", y="y")
    assert (file.x[0], file.y[0]) == pytest.approx((113.505, 34.25))


@pytest.mark.parametrize("x", ["113°75′8″", "E113°30'W", "113,419", "1.2.3", "113°′", "约113.5"])
def test_what_may_be_two_numbers_or_none_is_not_read(tmp_path, x):
    file = read(tmp_path, ["id", "a", "x", "y"], [["1", "人民路", x, "34"]], crs="EPSG:4490", address="a", x="x", y="y")
    assert file.odd == {0: x}


def test_metres_are_never_read_as_degrees(tmp_path):
    file = read(tmp_path, ["id", "a", "x", "y"], [["1", "路", "114°30′", "3,700,150.5"]], address="a", x="x", y="y")
    assert file.odd == {0: "114°30′"}
    assert file.y[0] == 3700150.5


def test_both_coordinates_may_stand_in_one_column(tmp_path):
    rows = [["1", "人民路1号", "500050,3700150"], ["2", "人民路2号", "POINT(500050 3700150)"], ["3", "人民路3号", ""],
            ["4", "人民路4号", "不详"]]  # fmt: skip
    form = {"address": "a", "x": "xy", "y": "xy"}
    file = read(tmp_path, ["id", "a", "xy"], rows, **form)
    found = checked_addresses(file, AddressForm(source=Source(file="地址.csv", path=tmp_path, crs=CRS), **form), CRS)
    assert found.table[["id", "x", "y"]].to_numpy().tolist() == [[one, 500050.0, 3700150.0] for one in "12"]
    assert [one.text for one in found.refused] == ["第 3 条：没有坐标，未载入。", "第 4 条：坐标“不详”读不出，未载入。"]
