"""What `gridgeo.intake.sniff` says: Chinese findings for planners, English errors with figures.

In: readings and evidence. Out: findings and sentences. Nothing is computed or decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gridgeo.crs import GCJ02, Crs
from gridgeo.intake.registration import Evidence, Registration
from gridgeo.intake.sniff_census import Census
from gridgeo.model import Finding
from gridgeo.readings import Reading

__all__ = [
    "ambiguous",
    "counted",
    "datum_finding",
    "doubted",
    "nowhere",
    "other_zone",
    "place_findings",
    "points_unproven",
    "shift_finding",
    "stated_elsewhere",
    "stated_shift",
    "suspect",
    "unproven",
]

Floats = NDArray[np.float64]
Readings = Sequence[tuple[Reading, float]]


class Report(Protocol):
    """`gridgeo.intake.frame.Source.finding`: puts file and agency around a sentence."""

    def __call__(self, severity: str, kind: str, sentence: str, points: Floats | None = None) -> Finding:
        """Return the finding."""
        ...


def _listed(readings: Iterable[tuple[Reading, float]]) -> str:
    """List readings with their share, for an error."""
    return "; ".join(f"{reading.name}: {share:.0%}" for reading, share in readings)


_REMEDY = "state the layer's crs in the city file ('EPSG:…', 'GCJ-02' or 'BD-09')"


def nowhere(readings: Readings) -> str:
    """Say that no reading puts the layer where it belongs."""
    listed = _listed((reading, share) for reading, share in readings if share > 0 or not reading.swapped)
    figures = f"share inside: {listed}; no better with x and y exchanged"
    return f"its coordinates lie in the city under no reading ({figures}); name the right file, or {_REMEDY}"


def other_zone(declared: Crs, city: Crs, place: Floats) -> str:
    """Say that the communities lie where their file says, which is not where the city's system holds."""
    lon, lat = place
    return (
        f"the file declares {declared.name} and lies at {lon:.3f}, {lat:.3f} degrees, outside the area of the city's "
        f"crs {city.name}; correct crs under [city], or state crs under [community] if the file is wrong"
    )


def ambiguous(readings: Readings) -> str:
    """Say that several readings fit."""
    return f"its coordinates fit the city under several readings ({_listed(readings)}); {_REMEDY}"


def stated_elsewhere(reading: Reading, share: float, fitting: Readings) -> str:
    """Say that the stated system puts the layer elsewhere, and which would not."""
    other = f"; it would fit as {_listed(fitting)}" if fitting else ""
    return (
        f"read as {reading.name}, as the city file states, only {share:.0%} of it lies in the city{other}; "
        "correct crs in the city file, or write 'auto'"
    )


def _chinese(reading: Reading) -> str:
    """Name a reading for planners."""
    return reading.crs.name + ("（两轴对调）" if reading.swapped else "")


def place_findings(
    report: Report, declared: Crs | None, place: Reading, share: float, *, communities: bool
) -> list[Finding]:
    """Say what was wrong with the declared system and what was assumed instead."""
    where = f"{share:.0%} 的坐标落在{'社区范围' if communities else '城市坐标系的适用范围'}内"
    findings = []
    if declared is None:
        findings.append(("no_crs", f"文件没有坐标系（投影）信息；按 {_chinese(place)} 读取，{where}。"))
    elif place.crs != declared:
        findings.append(_wrong_system(declared, place, where))
    if declared is None and _carries_zone(place.crs):
        sentence = f"横坐标带有带号（如 38xxxxxx），是带带号的高斯-克吕格投影；按 {_chinese(place)} 读取，已去除带号。"
        findings.append(("zone_prefix", sentence))
    if place.swapped:
        findings.append(("axis_swapped", f"坐标轴次序颠倒（纬度或纵坐标写在前面）；已对调两轴，{where}。"))
    return [report("warning", kind, sentence) for kind, sentence in findings]


def _wrong_system(declared: Crs, place: Reading, where: str) -> tuple[str, str]:
    """Say that the file declares a system its coordinates do not follow."""
    named = f"文件声明坐标系 {declared.name}"
    if place.crs.is_geographic and not declared.is_geographic:
        return "degrees_in_metric", f"{named}（米），坐标却是经纬度（度）；按 {_chinese(place)} 读取，{where}。"
    if _carries_zone(place.crs) != _carries_zone(declared) and not declared.is_geographic:
        return "zone_prefix", f"{named}，横坐标的带号与之不符；按 {_chinese(place)} 读取，{where}。"
    return "crs_wrong", f"{named}，坐标却不在城市范围内；按 {_chinese(place)} 读取，{where}。"


def _carries_zone(crs: Crs) -> bool:
    """Return whether eastings of a system carry a zone number: its false easting is beyond a million metres."""
    operation = crs.system.coordinate_operation if crs.system.is_projected else None
    params = [] if operation is None else operation.params
    return any(p.name == "False easting" and float(p.value) > 1e6 for p in params)


def _figures(proof: Evidence) -> str:
    """Give the share of coinciding borders and what chance gives."""
    return f"{proof.share:.1%}（随机水平 {proof.chance:.1%}）"


def datum_finding(report: Report, reading: Reading, proof: Evidence, plain: Evidence, points: Floats) -> Finding:
    """Say that a datum offset was proven and removed."""
    kind = "datum_gcj02" if reading.crs.offset == GCJ02 else "datum_bd09"
    sentence = (
        f"坐标实为 {reading.crs.offset} 基准（存在数百米偏移），并非文件所示坐标系；按 {reading.crs.offset} 纠正后，"
        f"边界与社区边界吻合率由 {plain.share:.1%} 升至 {_figures(proof)}，已纠正。"
    )
    return report("warning", kind, sentence, points)


def doubted(report: Report, reading: Reading, better: Reading, proof: Evidence, mine: Evidence) -> Finding:
    """Say that the stated datum was obeyed although another one fits."""
    kinds = {GCJ02: "datum_gcj02", "": "datum_wrong"}
    sentence = (
        f"已按城市配置以 {reading.crs.name} 读取，但边界与社区边界吻合率仅 {_figures(mine)}；"
        f"若按 {better.crs.offset or better.crs.name} 基准读取为 {proof.share:.1%}，"
        "很可能存在数百米基准偏移，请核对 crs。"
    )
    return report("warning", kinds.get(better.crs.offset, "datum_bd09"), sentence)


def unproven(report: Report, place: Reading, proof: Evidence, points: Floats) -> Finding:
    """Say that borders could not prove the datum."""
    sentence = (
        f"坐标系按 {_chinese(place)} 采用；图层边界不沿社区边界（吻合率 {_figures(proof)}），"
        "无法据此证明或排除 GCJ-02、BD-09 基准偏移，如有疑问请在城市配置中写明 crs。"
    )
    return report("note", "crs_unproven", sentence, points)


def points_unproven(report: Report, place: Reading) -> Finding:
    """Say that points cannot prove a datum."""
    sentence = (
        f"点坐标按 {_chinese(place)} 采用；仅凭点无法证明或排除 GCJ-02、BD-09 基准偏移（数百米），"
        "若来自高德、腾讯或百度地图，请在城市配置中写明 crs。"
    )
    return report("note", "crs_unproven", sentence)


def suspect(report: Report, census: Census) -> Finding:
    """Say that far more points of a register would lie in the communities under another datum than the stated one."""
    sentence = (
        f"{_numbers(census)}，很可能写错了坐标系。坐标仍按 {_chinese(census.present)} 采用、未作改动，"
        "请与提供单位核对，并在城市文件写明正确的 crs。"
    )
    return report("warning", "crs_suspect", sentence)


def counted(report: Report, census: Census) -> Finding:
    """Say that the number of points in the communities showed a register's datum, which was removed."""
    kind = "datum_gcj02" if census.better.crs.offset == GCJ02 else "datum_bd09"
    offset = census.better.crs.offset
    sentence = f"{_numbers(census)}，已按 {offset} 基准读取并纠正；请与提供单位核对，并在城市文件写明 crs。"
    return report("warning", kind, sentence)


def _numbers(census: Census) -> str:
    """Give the number of points outside under both readings."""
    outside, better = census.outside, census.outside_better
    return (
        f"按 {_chinese(census.present)} 读取，{census.points} 个点中有 {outside} 个（{outside / census.points:.1%}）"
        f"落在所有社区之外；若按 {_chinese(census.better)} 读取，仅 {better} 个（{better / census.points:.1%}）在外"
    )


def stated_shift(report: Report, move: Floats) -> Finding:
    """Say how far the city file had the layer moved."""
    east, north = (float(metres) for metres in move)
    moved = f"dx={east:+.2f} m、dy={north:+.2f} m，距离 {np.hypot(east, north):.2f} m"
    return report("note", "shift", f"按城市文件写明的 shift_m 整体平移 {moved}；以城市文件所写为准，并非推断。")


def shift_finding(report: Report, found: Registration, applied: bool, points: Floats, *, stated: str) -> Finding:
    """Say how far the layer lies off, how sure that is, what was done, and which key of the city file forbade more."""
    after = "按 shift_m 平移之后，" if stated == "shift_m" else ""
    measured = (
        f"{after}整层相对社区边界偏移 dx={found.dx_m:+.2f} m、dy={found.dy_m:+.2f} m（标准误 {found.error_m:.2f} m，"
        f"{found.matched} 个边界点），残差由 {found.residual_before_m:.2f} m 变为 {found.residual_after_m:.2f} m"
    )
    if applied:
        return report("warning", "shift", f"{measured}；四个象限一致，已整体平移纠正。", points)
    if found.proven:
        left = f"四个象限一致，但配置已写明 {stated}，未作平移，仅供核对。"
        return report("warning", "shift", f"{measured}；{left}", points)
    return report("note", "shift", f"{measured}；各象限不一致或残差无明显减小，可能出于制图综合，未作平移。", points)
