"""Every kind of finding that the code can make has a Chinese name, and summaries count what they sum up."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gridgeo
from gridgeo.jobs.imports import FAULTS
from gridgeo.model import SEVERITIES
from gridgeo.render.kinds import KIND_NAMES, SEVERITY_NAMES, cases, kind_name, says_repaired

SOURCE = Path(gridgeo.__file__).parent
MAKERS = {"Finding": 1, "report": 1, "finding": 1, "_each": 1, "tell": 1, "_strip_finding": 1}
"""Callables that are given a kind, and at which place."""
KIND_VARIABLES = {"kind", "kinds", "DATUMS"}
ANSWERS = ("locate", "answers")
"""Modules whose kinds are faults of an answer: these are told by their sentence and stand in no table of findings."""
SLUG = re.compile("[a-z][a-z0-9_]+")


def texts(node: ast.AST) -> Iterator[str]:
    """Yield every slug that an expression can give."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and SLUG.fullmatch(node.value):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from [*texts(node.body), *texts(node.orelse)]
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from texts(value)


def kinds_made() -> Iterator[str]:
    """Yield the kinds in calls that make findings, in variables named so and before a Chinese sentence."""
    for package in ("intake", "partition", "codes", "jobs"):
        for path in (SOURCE / package).rglob("*.py"):
            if path.name.startswith(ANSWERS):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    at = MAKERS.get(name, len(node.args))
                    yield from (slug for argument in node.args[at : at + 1] for slug in texts(argument))
                elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in KIND_VARIABLES:
                    yield from texts(node.value)
                elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and is_sentence(node.elts[1]):
                    yield from texts(node.elts[0])


def is_sentence(node: ast.AST) -> bool:
    """Tell whether an expression is a Chinese sentence."""
    return isinstance(node, ast.JoinedStr) and bool(re.search("[一-鿿]", ast.unparse(node)))


def test_every_kind_that_the_code_makes_has_a_chinese_name():
    made = set(kinds_made())
    assert {"datum_gcj02", "no_crs", "crs_wrong", "inlet", "null_geometry", "multipart_community"} <= made
    assert made - set(KIND_NAMES) == set()
    assert set(FAULTS) <= set(KIND_NAMES)


def test_every_name_is_chinese_and_every_severity_has_one():
    assert all(re.search("[一-鿿]", name) for name in KIND_NAMES.values())
    assert tuple(SEVERITY_NAMES) == SEVERITIES
    assert kind_name("nobody_knows") == "nobody_knows"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("重叠（压盖）：要素 7 与 8 重叠 256.6 m²，位于 (500622, 3718691)；合并时归一方", 1),
        ("另有 1,204 处同类问题，共 3.00 公顷，处理方式相同。例：重叠 12 处", 1204),
        ("a.csv 另有 31 个编号已规范（共 51 个）。", 31),
        ("另有 12 个点在网格边界线上，同样按位置归入一个网格", 12),
        ("边缘缝隙：图层外缘与社区外缘之间有 112 处空隙，共 2.79 公顷", 112),
        ("跨社区：309 个要素中有 134 个跨社区（最多跨 4 个）", 134),
        ("a.dbf 的属性文字混用两种编码；另有 3 处字节残缺，读不出的字以 � 代替", 1),
    ],
)
def test_a_summary_counts_what_it_sums_up(text: str, count: int):
    assert cases(text) == count


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("petition.geojson：坐标实为 GCJ-02 基准；按 GCJ-02 纠正后，吻合率由 4.1% 升至 31.6%，已纠正。", True),
        ("空隙：范围内 12.0 m² 未被覆盖；沿中线分给两侧的要素", True),
        ("图形无效：要素 1 边界自相交；已按结构法修复，修复后面积 1.00 公顷", True),
        ("party.shp：整层偏移；四个象限一致，但配置已写明 crs，未作平移，仅供核对。", False),
        ("缺失网格：一处空白约有一个网格大小；不予填补，由其他图层决定", False),
        ("编号“DJ00455”重复：第 453、454 条记录共 2 条使用同一编号，请核对。", False),
        ("图形无效：要素 1 没有面积，无法使用，已跳过", False),
        ("铁工房社区第十一网格规模不合规：77 户：相邻网格合并或重分均不合规，或被河流等硬边界隔开", False),
    ],
)
def test_repaired_is_only_what_says_so(text: str, repaired: bool):
    assert says_repaired(text) is repaired
