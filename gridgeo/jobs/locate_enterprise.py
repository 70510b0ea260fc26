"""Job: a 统一社会信用代码, or the name of an enterprise that only the store's register knows → the responsible grid.

In: a text, an `AddressBook` if there is one, and what the store's register of enterprises says (`Lookup.enterprises`).
Out: an answer in the form of all answers. Where an enterprise works decides; where it is registered only if nothing
else is known. Names of persons and telephone numbers are not told. Called by `gridgeo.jobs.locate`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from gridgeo.intake.entries import citizen_id
from gridgeo.jobs.answers import Describe, put_together
from gridgeo.jobs.enterprises import EnterprisePlace
from gridgeo.jobs.lookup import Lookup
from gridgeo.locate.address.book import AddressBook
from gridgeo.locate.one_point import point_from_city
from gridgeo.uscc import clean_uscc, uscc_fault

__all__ = ["code_answer", "enterprise_name", "enterprise_of_name", "read_uscc", "rows_of_id"]

_LABEL = re.compile(r"^(?:统一)?(?:社会)?信用代码(?:证?号?码?)?(?:为|是)?[:：\s]*")
_SHAPE = re.compile(r"[0-9A-Z]{18}")
_LEADING = "123456789ANY"
"""First characters of a 统一社会信用代码: the authorities that register (GB 32100-2015, table 1), 9 for enterprises."""
_NAME = re.compile(r"[一-龥A-Za-z0-9（）()·]{4,60}")
_KINDS = re.compile(
    "公司|集团|企业|店|厂|行|社|所|部|中心|院|馆|场|站|室|吧|城|超市|商贸|工作室|合作社|幼儿园|学校|酒店|宾馆|药房|诊所"
)
_ADDRESS_END = re.compile("[0-9]+(?:号|号?[楼院]|[栋幢座层室]|单元)?$")
"""书院路266号, 3号楼2单元501: no name ends so, and to look it up costs more than to answer the address."""
_BORN = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9X]")
"""A citizen's id (GB 11643), also one with a slip in its check digit: it is not looked up."""


def read_uscc(text: str) -> str | None:
    """Return the code in a text that is nothing else, right or wrong; None for any other text and for citizens' ids.

    Examples
    --------
    >>> read_uscc("统一社会信用代码：91350100 M000100Y43"), read_uscc("人民东路12号"), read_uscc("11010519491231002X")
    ('91350100M000100Y43', None, None)
    """
    code = clean_uscc(_LABEL.sub("", text.strip()))
    if not _SHAPE.fullmatch(code) or code[0] not in _LEADING:
        return None
    if citizen_id(code) or (_BORN.fullmatch(code) and uscc_fault(code) is not None):
        return None
    return code


def code_answer(code: str, book: AddressBook | None, lookup: Lookup, describe: Describe) -> dict[str, Any]:
    """Answer a 统一社会信用代码: by the library's row of that id, else by the store's register of enterprises."""
    fault = uscc_fault(code)
    found = [] if book is None else list(_of_library(code, book))
    if not found and lookup.enterprises is not None:
        found = list(lookup.enterprises(id=code))
    if found:
        return _told(found, lookup, describe)
    if fault is not None:
        return put_together(lookup, "unknown", faults=[("uscc_invalid", f"统一社会信用代码有误：{fault}")])
    text = "地址库和企业登记中都没有这个统一社会信用代码，请改用企业名称或地址查询"
    return put_together(lookup, "unknown", faults=[("uscc_unknown", text)])


def enterprise_name(text: str) -> bool:
    """Tell whether a text may be the name of an enterprise: not too long, with a word for its kind, no address.

    Examples
    --------
    >>> enterprise_name("漯河市8号公馆酒店"), enterprise_name("书院路266号"), enterprise_name("人民东路")
    (True, False, False)
    """
    name = text.strip()
    return bool(_NAME.fullmatch(name) and _KINDS.search(name) and not _ADDRESS_END.search(name))


def enterprise_of_name(text: str, lookup: Lookup, describe: Describe) -> dict[str, Any] | None:
    """Answer the whole name of an enterprise by the store's register; None: it has no such enterprise."""
    if lookup.enterprises is None or not enterprise_name(text):
        return None
    found = list(lookup.enterprises(name=text.strip()))
    return _told(found, lookup, describe) if found else None


def rows_of_id(name: str, book: AddressBook) -> Iterator[int]:
    """Yield the rows of the library that have an id, of whatever source."""
    letters, begins = book.library.ids.letters, book.library.ids.begins
    wanted, whole = name.encode(), letters.tobytes()
    at = whole.find(wanted) if wanted else -1
    while at >= 0:
        row = int(np.searchsorted(begins, at, side="right")) - 1
        if begins[row] == at and begins[row + 1] == at + len(wanted):
            yield row
        at = whole.find(wanted, at + 1)


def _of_library(code: str, book: AddressBook) -> Iterator[EnterprisePlace]:
    """Yield the places of the library that have an id."""
    library = book.library
    for row in rows_of_id(code, book):
        x, y = float(library.x[row]), float(library.y[row])
        yield EnterprisePlace(code, library.texts.of(row), x, y, "operating", library.sources.of(row))


def _told(found: list[EnterprisePlace], lookup: Lookup, describe: Describe) -> dict[str, Any]:
    """Answer with the places of one enterprise."""
    index = lookup.index
    rows, _ = index.covering(np.array([one.x for one in found]), np.array([one.y for one in found]))
    codes = [str(index.codes[row]) if row >= 0 else None for row in rows.tolist()]
    places = [_place(one, index.crs) for one in found]
    faults = []
    if all(one.located_by == "registered" for one in found):
        faults.append(("registered_address", "按注册地址推定：没有登记经营地址"))
    distinct = list(dict.fromkeys(code for code in codes if code is not None))
    if not distinct:
        faults.append(("outside", "该企业的坐标不在任何网格内，或没有坐标"))
        return put_together(lookup, "outside", faults=faults, place=places[0])
    first = codes.index(distinct[0])
    if len(distinct) == 1:
        return put_together(
            lookup, "sure", about=describe(distinct[0]), confidence=1.0, faults=faults, place=places[first]
        )
    faults.append(("several_places", f"该企业登记有 {len(distinct)} 个网格内的地点"))
    candidates = [
        {"code": code, "full_name": describe(code).full_name, "place": place}
        for code, place in zip(codes, places, strict=True)
        if code is not None
    ]
    answer = put_together(
        lookup, "ambiguous", about=describe(distinct[0]), confidence=1 / len(distinct), faults=faults,
        place=places[first], candidates=candidates,
    )  # fmt: skip
    return {**answer, "question": "请问是该企业的哪一处地址？"}


def _place(one: EnterprisePlace, crs: str) -> dict[str, Any] | None:
    """Return a place in CGCS2000 degrees; None where it has no coordinates."""
    lon, lat = point_from_city(one.x, one.y, "EPSG:4490", crs)
    if not math.isfinite(lon + lat):
        return None
    return {"id": one.id, "text": one.text, "x": round(lon, 9), "y": round(lat, 9), "source": one.source}
