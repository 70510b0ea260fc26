"""The encoding of attribute text is found from its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.intake.encoding import codec_named, declared_by_shapefile, encoding_findings, settle_encoding

NAMES = ["党建网格第一格", "沙澱社区", "翟庄街道办事处", "PA0001", ""]


def raw(encoding: str, names: list[str] = NAMES) -> list[bytes]:
    return [name.encode(encoding) for name in names]


def test_gbk_without_any_declaration_is_recognised_and_told() -> None:
    verdict = settle_encoding(raw("gbk"))
    assert verdict.encoding == "gb18030"
    assert [verdict.decode(v) for v in raw("gbk")] == NAMES
    (finding,) = encoding_findings(verdict, agency="party", file="party.shp")
    assert (finding.kind, finding.severity, finding.agency) == ("encoding", "warning", "party")
    assert "GBK" in finding.text
    assert "party.shp" in finding.text


def test_utf8_without_declaration_is_recognised_and_not_a_fault() -> None:
    verdict = settle_encoding(raw("utf-8"))
    assert verdict.encoding == "utf-8"
    assert encoding_findings(verdict, agency="a", file="f") == []


def test_right_declaration_is_not_a_finding() -> None:
    verdict = settle_encoding(raw("gbk"), declared="gb18030")
    assert verdict.encoding == "gb18030"
    assert encoding_findings(verdict, agency="a", file="f") == []


@pytest.mark.parametrize(("declared", "true"), [("utf-8", "gbk"), ("gb18030", "utf-8"), ("iso8859-1", "utf-8")])
def test_wrong_declaration_is_overruled_and_told(declared: str, true: str) -> None:
    verdict = settle_encoding(raw(true), declared=declared)
    assert [verdict.decode(v) for v in raw(true)] == NAMES
    (finding,) = encoding_findings(verdict, agency="a", file="f.shp")
    assert finding.kind == "encoding"
    assert declared in finding.text


def test_rows_in_two_encodings_are_read_one_by_one() -> None:
    values = [*raw("utf-8"), *raw("gbk")]
    verdict = settle_encoding(values)
    assert verdict.encoding == "mixed"
    assert [verdict.decode(v) for v in values] == NAMES * 2
    (finding,) = encoding_findings(verdict, agency="a", file="f")
    assert finding.kind == "mixed_encoding"
    assert "UTF-8 3 处，GBK 3 处" in finding.text


def test_what_the_city_file_states_wins() -> None:
    verdict = settle_encoding(raw("big5", ["臺北市"]), stated="Big5")
    assert verdict.decode("臺北市".encode("big5")) == "臺北市"
    assert encoding_findings(verdict, agency="a", file="f") == []


def test_a_statement_that_cannot_be_true_is_told() -> None:
    verdict = settle_encoding(raw("gbk"), stated="UTF-8")
    assert [verdict.decode(v) for v in raw("gbk")] == NAMES
    assert "写明" in encoding_findings(verdict, agency="a", file="f")[0].text


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_character_cut_by_the_field_width_is_left_out(encoding: str) -> None:
    values = [*raw(encoding), "党建网格".encode(encoding)[:-1]]
    verdict = settle_encoding(values)
    assert verdict.decode(values[-1]) == "党建网"


def test_bytes_of_no_encoding_are_counted_and_marked() -> None:
    values = [*raw("gbk"), b"\xff\xff\xff ab"]
    verdict = settle_encoding(values)
    assert verdict.lost == 1
    assert "�" in verdict.decode(values[-1])
    assert "字节残缺" in encoding_findings(verdict, agency="a", file="f")[0].text


def test_cpg_names_and_code_pages_are_understood() -> None:
    names = ["GBK", "GB2312", "936", "ANSI 936", "cp936", "UTF-8", "UTF8", "65001", "950", "Big5", "1252", "OEM", ""]
    codecs = ["gb18030"] * 5 + ["utf-8"] * 3 + ["cp950", "big5", "cp1252", "", ""]
    assert [codec_named(name) for name in names] == codecs


def test_cpg_wins_over_the_language_byte(tmp_path: Path) -> None:
    header = bytearray(32)
    header[29] = 0x4D
    (tmp_path / "a[1].DBF").write_bytes(bytes(header))
    assert declared_by_shapefile(tmp_path / "a[1].shp") == "gb18030"
    (tmp_path / "a[1].cpg").write_text("UTF-8\n")
    assert declared_by_shapefile(tmp_path / "a[1].shp") == "utf-8"


def test_language_byte_zero_or_ansi_says_nothing(tmp_path: Path) -> None:
    for byte in (0, 0x57):
        header = bytearray(32)
        header[29] = byte
        (tmp_path / "a.dbf").write_bytes(bytes(header))
        assert declared_by_shapefile(tmp_path / "a.shp") == ""


@given(st.lists(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2), min_size=1))
def test_chinese_text_in_utf8_always_comes_back(names: list[str]) -> None:
    values = [name.encode() for name in names]
    verdict = settle_encoding(values, declared="gb18030")
    assert [verdict.decode(v) for v in values] == names
