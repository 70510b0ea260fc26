"""What grids and findings are called on screen, and how many cases sentences stand for.

In: the English slugs and Chinese sentences of `gridgeo.model.Finding`. Out: Chinese names and counts. Before: intake
and partition made the findings; after: the reports, the findings page and the commands print them.
"""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd

__all__ = [
    "GRID_KINDS",
    "KIND_NAMES",
    "LAYER_NAMES",
    "SEVERITY_NAMES",
    "case_counts",
    "cases",
    "kind_name",
    "says_repaired",
]

SEVERITY_NAMES = {"error": ("error", "错误"), "warning": ("warning", "警告"), "note": ("fine", "提示")}
"""Severity → icon of `report_page.mark` and word."""

GRID_KINDS = {"general": "综合网格", "exclusive": "专属网格", "micro": "微网格"}
"""Kind of a grid → its name; the page has the same in ``card.js``."""

LAYER_NAMES = {
    "community": "社区（村）界", "exclusive": "专属区域", "barrier": "道路水系", "household": "户籍登记",
    "enterprise": "企业登记", "building": "楼栋登记", "grid": "合并成果", "import": "接收的图层",
}  # fmt: skip
"""What stands in a finding's ``agency`` beside the keys of agencies."""

KIND_NAMES = {
    # files, encodings, ids
    "encoding": "编码", "mixed_encoding": "编码混用", "reader_note": "读取提示", "shx_rebuilt": "索引重建",
    "header_row": "表头位置",
    "missing_id": "缺编号", "twisted_ids": "编号不规范", "duplicate_id": "编号重复", "blank_count": "数量为空",
    # coordinate systems
    "no_crs": "缺坐标系", "crs_wrong": "坐标系写错", "crs_unproven": "坐标系未证实", "crs_suspect": "坐标系可疑",
    "zone_prefix": "带号前缀",
    "axis_swapped": "坐标轴颠倒", "degrees_in_metric": "米制坐标系里是经纬度", "datum_gcj02": "GCJ-02 偏移",
    "datum_bd09": "BD-09 偏移", "datum_wrong": "基准写错", "shift": "整体平移",
    # shapes
    "null_geometry": "无图形", "other_geometry": "图形类型不符", "geometry_collection": "混合图形",
    "dropped_z": "去除高程", "open_ring": "环未闭合", "open_outline": "轮廓未闭合", "invalid": "图形无效",
    "multipart": "多部件", "multipart_community": "社区分成多条记录", "hole": "空洞", "inlet": "狭缝切入",
    "spike": "尖刺", "neck": "狭颈",
    # what planners asked for
    "lock_refused": "无法锁定", "lock_changed": "锁定时有移动",
    "wish_refused": "要求未照办", "wish_unknown": "要求的对象不存在",
    "band_unused": "规模档未用到", "host_divided": "专属网格隔断原网格",
    "cut_off": "硬边界隔开的小块",
    # between shapes
    "overlap": "重叠", "contained": "包含", "duplicate": "重复图形",
    "dense_vertices": "顶点过密", "gap": "空隙", "missing": "缺失网格",
    "sliver": "狭长缝隙或重叠", "void": "道路空隙", "own_noise": "边线不共用", "unmatched_vertex": "顶点未匹配",
    "outside": "超出范围", "crossing": "跨社区",
    # points
    "point_zero": "坐标为零", "point_null": "无坐标", "point_outside": "点在范围外",
    "point_on_border": "点在边界上", "point_on_barrier": "点在道路水系上", "address_mismatch": "地址与位置不符",
    # made by the merge
    "aligned": "边线对齐社区界", "swallowed": "整个被覆盖", "size": "规模不合规",
    "code_not_kept": "编码未沿用", "code_retired": "编码停用",
    "atom_divided": "过大地块切分", "atom_indivisible": "地块无法再分",
    # faults of a layer taken over
    "empty": "空图形", "unmatched_edge": "边未咬合", "uncancelled_edge": "边未抵消", "crossing_community": "网格跨社区",
    "community_without_grid": "社区没有网格", "duplicate_code": "编码重复", "malformed_code": "编码不合规则",
}  # fmt: skip
"""Every kind of finding → its Chinese name."""

_REPAIRED = re.compile(
    "已(?:整体|自动|按结构法)?(?:修复|纠正|平移|闭合|规范|去除|去掉|对调|合并|并入|补给|移到|由 .shp 重建)"
    "|已按 .+(?:读取|抽稀)|按内容判为 .+ 读取|已逐条判别读取"
    "|沿中线分给|补回两侧|并入邻居|归一方|归面积较小|以较小的要素为准|按一个来源计票|合并时不计|补上结点|界线切开"
)
_REST = re.compile(r"另有 ([\d,]+) (?!处字节)")
"""How a finding that sums up the rest of its kind begins; lost bytes are no findings of their own."""
_SUMMED = re.compile(r"([\d,]+) 处(?:狭缝|空隙)|重叠 ([\d,]+) 处|中有 ([\d,]+) 个跨社区|中有 ([\d,]+) 个、共")


def kind_name(kind: str) -> str:
    """Return the Chinese name of a kind; a kind of a foreign table keeps its slug."""
    return KIND_NAMES.get(kind, kind)


def says_repaired(text: str) -> bool:
    """Tell whether a finding's sentence says that the fault was repaired or is decided by the merge.

    Examples
    --------
    >>> says_repaired("空隙：宽约 2.00 m；沿中线分给两侧的要素"), says_repaired("编号“1”重复，请核对。")
    (True, False)
    """
    return bool(_REPAIRED.search(text))


def cases(text: str) -> int:
    """Return how many places a finding's sentence stands for: 1, or the number that a summary tells.

    Examples
    --------
    >>> cases("另有 37 处同类问题，共 12.3 m²，处理方式相同"), cases("重叠（压盖）：要素 1 与 2 重叠 12.5 m²")
    (37, 1)
    """
    found = _REST.search(text) or _SUMMED.search(text)
    if not found:
        return 1
    return int(next(digits for digits in found.groups() if digits).replace(",", ""))


def case_counts(findings: gpd.GeoDataFrame) -> pd.Series:
    """Return `cases` of every row of a findings table."""
    return findings["text"].map(cases).astype(int)
