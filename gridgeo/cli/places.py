"""``gridgeo places``: all places of a grid."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gridgeo.cli.exits import fails_plainly, print_json
from gridgeo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("places")(fails_plainly(places))


def places(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Of a grid of the newest version.")],
    kind: Annotated[str | None, typer.Option(help="household, enterprise or building; default: all.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most places of one page.")] = 100,
    after: Annotated[int, typer.Option(min=0, help="The cursor that the page before ended with.")] = 0,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show personal data to the account GRIDGEO_USER; noted in the audit.")
    ] = False,
    store: Annotated[str | None, typer.Option(help="Store URL; default: GRIDGEO_STORE or ./gridgeo.gpkg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List the places that a grid is responsible for now. Exit code 1: there is no such grid."""
    from gridgeo.jobs.places import places_of_grid, reader_of_personal  # noqa: PLC0415
    from gridgeo.jobs.publish import actor  # noqa: PLC0415
    from gridgeo.store.base import open_store  # noqa: PLC0415

    settings = Settings()
    wanted = "".join(code.split())
    with open_store(store or settings.store) as opened:
        user = reader_of_personal(opened, actor(settings.user)) if personal else None
        told = places_of_grid(opened, wanted, kind=kind, after=after, limit=limit, user=user)
    if as_json:
        print_json(told)
    else:
        print("\n".join(_lines(told)))


def _lines(told: dict[str, Any]) -> list[str]:
    """Return what a planner reads."""
    counts = "，".join(f"{kind} {number:,}" for kind, number in told["count"].items()) or "没有登记对象"
    lines = [
        f"{told['code']}（第 {told['version']} 版）：{counts}{'　姓名、电话、证件号已脱敏' if told['masked'] else ''}"
    ]
    for row in told["places"]:
        personal = [row[name] for name in ("name", "phone", "person_id") if row[name]]
        by = "　（以注册地定位）" if row["located_by"] == "registered" else ""
        lines.append("　".join([row["kind"], row["id"], row["address"] or "—", *personal]) + by)
    if told["next"] is not None:
        lines.append(f"还有更多，继续用 --after {told['next']}")
    return lines
