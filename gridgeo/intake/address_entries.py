"""An address library that is handed in: every row taken or refused with a sentence, repeated ids settled.

In: an `gridgeo.intake.address_file.AddressFile` and the layer's CRS. Out: `AddressEntries`, one row per id. Next:
`gridgeo.intake.address_renewal` compares them with what is known; called by `gridgeo.jobs.addresses`.

A city has millions of addresses, so that whole columns are judged at once and only what is refused is looked at alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gridgeo.crs import parse_crs
from gridgeo.errors import InputError
from gridgeo.intake.address_file import AddressFile, AddressForm
from gridgeo.intake.entries import NULL_ISLAND, Refused, brought, citizen_id
from gridgeo.intake.ids import clean_ids
from gridgeo.memory import give_back

__all__ = ["CONTENT", "MOST_TOLD", "AddressEntries", "checked_addresses"]

CONTENT = {"kind": "类别", "name": "名称", "text": "地址", "x": "坐标", "y": "坐标"}
"""Column of `AddressEntries.table` → what a planner calls it."""
MOST_TOLD = 1000
"""Rows refused for one reason that are told one by one; all are counted. Chosen: more than anybody reads."""
LONGEST_ID = 200
LONGEST_TEXT = 500
"""Characters of an address. Chosen: real ones have 100 at most; what is longer is several rows in one, because a
quotation mark was not closed."""
HALF = 0.5
NORTHMOST, EASTMOST = 90.0, 180.0
"""Degrees: no latitude is greater, and no longitude."""

ODD_ID = "[^!-~\u3400-\u9fff ]|[ ]{2}|^ | $"
"""Ids that are looked at one by one: blanks at their ends, full-width and invisible characters."""
CONTROL = r"[\x00-\x1f\x7f]+"
BLANK_END = r"^[\pZ\s]|[\pZ\s]$"
CHINESE = r"[\x{3400}-\x{9fff}\x{20000}-\x{323af}]"
SWALLOWED = r"[,;|\t][^\n]*\n[^\n]*[,;|\t]"
"""A line end within an address, with columns on both sides."""
WORD = r"[\pL]"
NO_ADDRESS = (
    r"^(?:无|暂无|没有|没填|未填写?|空白?|略|同[上前左]|不[详明]|未知|未定|待[补定查核][充实]?|其[他它]|测试|地址|标准地址|合计"
    r"|(?:详?见|参见)?备注栏?|详见.{0,8}|NULL|NONE|NAN|N/?A|TEST)[。.！!]*$"
)
"""What people write where they have no address. General knowledge of forms."""
CITIZEN_WITHIN = (
    r"(?:^|[^0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?:[^0-9A-Za-z]|$)"
)
"""A citizen's id in a text: district, birthday, number, check digit (GB 11643)."""
CITIZEN = r"^\d{17}[\dXx]$"


@dataclass(slots=True)
class AddressEntries:
    """A library as it is handed in, one row per id."""

    table: pd.DataFrame
    """``record, id`` and the columns of `CONTENT`; x, y in the layer's CRS."""
    spoken_of: pa.Array
    """All ids that the file names, also in rows that were refused."""
    rows: int
    repeated: int = 0
    """Rows too many that said the same as another one of their id."""
    refused: list[Refused] = field(default_factory=list)
    """In order of record; of very many for one reason the first are told."""
    refused_rows: int = 0
    settled: list[Refused] = field(default_factory=list)
    """Rows put aside for a later one of their id, because the caller said that the last one counts."""
    notes: list[str] = field(default_factory=list)


def checked_addresses(file: AddressFile, form: AddressForm, crs: str, *, last_wins: bool = False) -> AddressEntries:
    """Judge every row of a library.

    Parameters
    ----------
    file : AddressFile
    form : AddressForm
        For messages.
    crs : str
        Metric CRS of the layer, into which coordinates are brought.
    last_wins : bool, keyword-only
        Of rows with one id that contradict each other the last is taken; else none of them is.

    Raises
    ------
    InputError
        If the column of addresses holds something else: numbers, ids, or text in the wrong encoding.
    CRSError
        If the coordinates cannot be what they are said to be.
    """
    swallowed = _flags(pc.match_substring_regex(file.addresses, SWALLOWED))
    texts, names, ids = _tidy(file.addresses), _tidy(file.names), _clean(file.ids, form)
    if form.address:
        _require_addresses(texts, form.address, form)
    x, y = brought(file.x, file.y, file.stated, crs, form.source.file)
    found = _Faults(file, ids=ids, texts=texts, names=names)
    blank = found.pass_over_blank()
    found.judge(located=np.isfinite(x), swallowed=swallowed)
    keep = np.flatnonzero(found.good)
    table = pd.DataFrame(
        {
            "record": file.records[keep], "id": _series(ids, keep), "kind": _kinds(names, keep),
            "name": _series(names, keep), "text": _series(texts, keep), "x": x[keep], "y": y[keep],
        }
    )  # fmt: skip
    rows = file.rows - blank
    entries = AddressEntries(table, ids, rows, refused=found.told, refused_rows=found.count, notes=[*file.notes])
    if blank or not rows:
        name = form.source.file
        entries.notes.append(f"{name} 中有 {blank:,} 个空行，已略过。" if blank else f"{name} 只有表头，没有数据。")
    _settle(entries, last_wins=last_wins)
    entries.refused.sort(key=lambda one: one.record)
    give_back()  # the tables in which ids were looked up
    return entries


# ----------------------------------------------------------------------- columns ----


def _any(flags: pa.Array) -> bool:
    """Tell whether a flag is set."""
    return bool(pc.any(flags).as_py())


def _tidy(column: pa.Array) -> pa.Array:
    """Take blanks off the ends; line ends and what a database refuses inside become blanks."""
    if _any(pc.match_substring_regex(column, CONTROL)):
        column = pc.replace_substring_regex(column, CONTROL, " ")
    loose = _any(pc.match_substring_regex(column, BLANK_END))  # a copy of all texts only where it is needed
    return pc.utf8_trim_whitespace(column) if loose else column


def _clean(ids: pa.Array, form: AddressForm) -> pa.Array:
    """Clean ids of invisible twists, as those of agencies."""
    ids = _tidy(ids)
    odd = np.flatnonzero(pc.match_substring_regex(ids, ODD_ID).to_numpy(zero_copy_only=False))
    if not len(odd):
        return ids
    cleaned = clean_ids(ids.take(pa.array(odd)).to_pylist(), file=form.source.file, column=form.id)
    missing = set(cleaned.missing)
    new = ["" if row in missing else text for row, text in enumerate(cleaned.ids)]
    mask = np.zeros(len(ids), bool)
    mask[odd] = True
    return pc.replace_with_mask(ids, pa.array(mask), pa.array(new, pa.large_string()))


def _kinds(names: pa.Array, rows: NDArray[np.int64]) -> pd.Series:
    """Return what a row is: with a name of its own it is a place."""
    named = pc.not_equal(names.take(pa.array(rows)), "")
    return pd.Series(pd.array(pc.if_else(named, "place", "address").cast(pa.large_string()), dtype="str"))


def _series(column: pa.Array, rows: NDArray[np.int64]) -> pd.Series:
    """Return some rows of a column as pandas holds text."""
    return pd.Series(pd.array(column if len(rows) == len(column) else column.take(pa.array(rows)), dtype="str"))


def _require_addresses(texts: pa.Array, column: str, form: AddressForm) -> None:
    """Refuse a column of addresses that holds something else."""
    filled = texts.filter(pc.not_equal(texts, ""))
    strange = pc.invert(pc.match_substring_regex(filled, CHINESE))
    share = pc.mean(strange).as_py() if len(filled) else 0
    if share <= HALF:
        return
    first = filled.filter(strange)[0].as_py()[:40]
    if _is_number(first):
        raise InputError(
            f"{form.source.file}: column {column!r} holds numbers, not addresses (e.g. {first}); are columns "
            "exchanged? name that of the addresses with --address"
        )
    raise InputError(
        f"{form.source.file}: most values of column {column!r} have no Chinese character (e.g. {first!r}); are columns "
        "exchanged, or is --encoding the wrong one? name the column of addresses with --address"
    )


def _is_number(text: str) -> bool:
    """Tell whether a text is a number, a pair of them or an id of digits."""
    return any(one.isdigit() for one in text) and not any(one.isalpha() for one in text)


# ------------------------------------------------------------------------ faults ----


class _Faults:
    """What is wrong with rows; of several faults of a row the first is told.

    Attributes
    ----------
    good : ndarray of bool, (n,)
    told : list of Refused
    count : int
    """

    def __init__(self, file: AddressFile, *, ids: pa.Array, texts: pa.Array, names: pa.Array) -> None:
        self.file, self.ids, self.texts, self.names = file, ids, texts, names
        self.good, self.told, self.count = np.ones(len(ids), bool), list[Refused](), 0
        for one in file.ragged[:MOST_TOLD]:
            why = f"有 {one.fields} 列，表头为 {one.expected} 列；含逗号的地址须加引号"
            self.told.append(Refused(one.record, "", f"第 {one.record} 条：{why}，未载入。"))
        self.count += len(file.ragged)

    def judge(self, *, located: NDArray[np.bool_], swallowed: NDArray[np.bool_]) -> None:
        """Go through all faults.

        Parameters
        ----------
        located : ndarray of bool, (n,), keyword-only
            Rows that have a place in the layer's CRS.
        swallowed : ndarray of bool, (n,), keyword-only
            Rows whose address has other rows in it.
        """
        file = self.file
        self._judge_ids()
        self._refuse(swallowed, lambda _: "地址里有下一行的内容，疑为引号没有配对")
        self._judge_texts(self.names)
        nowhere = (np.abs(file.x) < NULL_ISLAND) & (np.abs(file.y) < NULL_ISLAND)
        self._refuse(file.blank | nowhere, lambda _: "没有坐标")
        self._refuse(~located, self._why_nowhere)

    def pass_over_blank(self) -> int:
        """Pass over rows in which nothing stands; return how many."""
        empty = pc.and_(pc.equal(self.ids, ""), pc.and_(pc.equal(self.texts, ""), pc.equal(self.names, "")))
        rows = np.flatnonzero(_flags(empty) & self.file.blank)
        self.good[rows] = False
        return len(rows)

    def _judge_ids(self) -> None:
        """Refuse ids that cannot be one."""
        self._refuse(_flags(pc.equal(self.ids, "")), lambda _: "没有编号")
        self._refuse(_flags(pc.greater(pc.utf8_length(self.ids), LONGEST_ID)), lambda _: "编号过长")
        citizens = np.flatnonzero(_flags(pc.match_substring_regex(self.ids, CITIZEN)))
        real = [row for row, name in zip(citizens, self.ids.take(pa.array(citizens)).to_pylist(), strict=True)
                if citizen_id(name.upper())]  # fmt: skip
        flags = np.zeros(len(self.ids), bool)
        flags[real] = True
        self._refuse(flags, lambda _: "编号列是公民身份号码，不能用作地址编号")

    def _judge_texts(self, names: pa.Array) -> None:
        """Refuse rows without an address that could be one."""
        empty = pc.equal(self.texts, "")
        self._refuse(_flags(pc.and_(empty, pc.equal(names, ""))), lambda _: "没有地址")
        wordless = pc.invert(pc.or_(empty, pc.match_substring_regex(self.texts, WORD)))
        self._refuse(_flags(wordless), lambda row: f"地址“{self.texts[row].as_py()[:40]}”里没有文字，疑为列错位")
        nowhere = pc.match_substring_regex(self.texts, NO_ADDRESS, ignore_case=True)
        self._refuse(_flags(nowhere), lambda row: f"地址“{self.texts[row].as_py()[:40]}”没有写出地点，请补全")
        for column, what in ((self.texts, "地址"), (names, "名称")):
            private = np.flatnonzero(_flags(pc.match_substring_regex(column, CITIZEN_WITHIN)))
            flags = np.zeros(len(column), bool)
            flags[private] = True  # also one with a slip in its check digit: it would be read out with every answer
            self._refuse(flags, lambda _, what=what: f"{what}里有公民身份号码，请先删去")  # type: ignore[misc]
            long = _flags(pc.greater(pc.utf8_length(column), LONGEST_TEXT))
            why = f"{what}超过 {LONGEST_TEXT} 字，疑为引号没有配对"
            self._refuse(long, lambda _, why=why: why)  # type: ignore[misc]

    def _why_nowhere(self, row: int) -> str:
        """Tell why a row has no place in the layer's CRS."""
        file = self.file
        if row in file.odd:
            return f"坐标“{file.odd[row][:40]}”读不出"
        if not np.isfinite(file.x[row]) or not np.isfinite(file.y[row]):
            return "坐标不全或读不出"
        if abs(file.x[row]) <= NORTHMOST < abs(file.y[row]) <= EASTMOST and parse_crs(file.stated).is_geographic:
            return f"x、y 疑为填反（{file.x[row]:.10g}, {file.y[row]:.10g}）"
        return f"坐标 {file.x[row]:.10g}, {file.y[row]:.10g} 不能是 {file.stated} 的坐标"

    def _refuse(self, flags: NDArray[np.bool_], why: Callable[[int], str]) -> None:
        """Refuse rows that are not refused yet."""
        rows = np.flatnonzero(flags & self.good)
        self.good[rows] = False
        self.count += len(rows)
        for row in rows[:MOST_TOLD].tolist():
            record = int(self.file.records[row])
            self.told.append(Refused(record, _masked(self.ids[row].as_py()), f"第 {record} 条：{why(row)}，未载入。"))


def _flags(values: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(values.to_numpy(zero_copy_only=False), bool)


def _masked(name: str) -> str:
    """Return an id; a citizen's is not repeated."""
    return f"{name[:2]}{'*' * 12}{name[-4:]}" if citizen_id(name.upper()) else name[:LONGEST_ID]


# ---------------------------------------------------------------------- repeated ----


def _settle(entries: AddressEntries, *, last_wins: bool) -> None:
    """Leave one row per id: of equal ones the first, of contradicting ones none, or the last."""
    table = entries.table
    codes = pc.dictionary_encode(pa.array(table["id"], pa.large_string())).indices.to_numpy()
    again = np.flatnonzero(np.bincount(codes)[codes] > 1) if len(codes) else np.empty(0, np.int64)
    if not len(again):
        return
    twice = table.iloc[again]
    alone = twice[~twice.duplicated(["id", *CONTENT], keep="last" if last_wins else "first")]
    entries.repeated = len(twice) - len(alone)
    against = alone[alone.duplicated("id", keep=False)]
    aside = against[against.duplicated("id", keep="last")] if last_wins else against
    told = list(_contradictions(against, last_wins=last_wins))
    if last_wins:
        entries.settled = told
    else:
        entries.refused += told
        entries.refused_rows += len(aside)
    gone = twice.index.difference(alone.index).union(aside.index)
    entries.table = table.drop(index=gone).reset_index(drop=True)


def _contradictions(against: pd.DataFrame, *, last_wins: bool) -> Iterator[Refused]:
    """Yield every row that is put aside because another one of its id says something else."""
    for nth, (name, rows) in enumerate(against.groupby("id", sort=False)):
        if nth == MOST_TOLD:
            return
        records = rows["record"].tolist()
        which = "、".join(map(str, records[:10])) + (" …" if len(records) > 10 else "")
        what = "、".join(dict.fromkeys(CONTENT[one] for one in CONTENT if rows[one].nunique(dropna=False) > 1))
        rule = (
            f"按 --last-wins 采用第 {records[-1]} 条" if last_wins
            else "均未载入，库中原有记录不变；请核对后重新提交，或加 --last-wins 以最后一条为准"
        )  # fmt: skip
        text = f"编号“{name}”出现在第 {which} 条，{what}不一致，{rule}。"
        yield from (Refused(record, str(name), text) for record in (records[:-1] if last_wins else records))
