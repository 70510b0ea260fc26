"""``/drafts``: planned changes - begun, tried, undone, reviewed, published - for people with an account.

In: JSON, geometry as GeoJSON or WKT in degrees (CGCS2000) unless ``crs`` says otherwise. Out: what
`gridgeo.jobs.drafts.Desk` answers; x and y are in the layer's CRS, which ``/layers`` names. Every answer carries the
draft's revision; who sends the one that they looked at gets 409 with what was done meanwhile.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Body, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from gridgeo.api.deps import GeoJSON, collection, geojson_document
from gridgeo.api.errors import CLOSED
from gridgeo.api.people import SignedIn, require
from gridgeo.crs import from_city
from gridgeo.draft.ground import GridRow
from gridgeo.draft.roles import User, demand, may
from gridgeo.errors import Forbidden, InputError
from gridgeo.jobs.drafts import Check, Desk
from gridgeo.jobs.drawn import moved_to
from gridgeo.store.drafts import Draft

__all__ = ["router"]

router = APIRouter(tags=["drafts"], responses=CLOSED)

DEGREES = "EPSG:4490"
SHOWN = ("code", "kind", "community_code", "full_name", "households", "enterprises", "population", "area_m2")
"""Properties of a draft's grids."""
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"description": "Somebody was there first; detail says what changed"}}

Number = Annotated[int, Path(ge=1, description="Number of a draft")]
Planner = Annotated[User, require("draft")]


def _desk(request: Request) -> Desk:
    """Return the app's desk."""
    return request.app.state.desk


AtDesk = Annotated[Desk, Depends(_desk)]


class _Asked(BaseModel):
    """What every request may say."""

    model_config = ConfigDict(extra="forbid")

    revision: int | None = Field(default=None, description="The revision looked at; another one by now is a conflict.")


class NewDraft(BaseModel):
    """A draft to begin."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)


class NewChange(_Asked):
    """A change to make."""

    change: dict[str, Any] = Field(
        description="op and its fields: docs/redraw.md lists them. split: code, line, keep; merge: codes, survivor; "
        "reshape: codes, line; transfer: source, target and area, places ([kind, id] pairs) or atoms; carve: area, "
        "name; dissolve: code, into; rename: code, name; retype: code, kind; lock: code, reason (none unlocks); "
        "explain: code, rule, text; recode: community, to, name. split, reshape, transfer and carve also take absorb "
        "and exact.",
        examples=[{"op": "merge", "codes": ["411102001001001", "411102001001002"]}],
    )
    crs: str = Field(default=DEGREES, description="CRS of its coordinates.")
    dry_run: bool = Field(default=False, description="Only tell the effect.")


Seen = Annotated[_Asked | None, Body()]


class Step(_Asked):
    """A step of a draft, with a remark."""

    text: str = Field(default="", max_length=1000)
    codes: list[str] = Field(default=[], description="Grids that the remark is pinned to.")


Said = Annotated[Step | None, Body()]


class Remark(BaseModel):
    """A remark on a draft."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=1000)
    codes: list[str] = []


class Publication(_Asked):
    """How a draft is published."""

    effective: date | None = Field(default=None, description="First day on which it holds; by default today.")
    why: str = Field(default="", max_length=1000)


def _checked(user: User, act: str) -> Check:
    """Return what judges role, area and authorship once the draft is known."""

    def check(draft: Draft | None, communities: frozenset[str]) -> None:
        demand(user, act, communities=sorted(communities), author=None if draft is None else draft.author)

    return check


def _reader(user: SignedIn) -> User:
    """Return somebody who may look at drafts: they name places that are not public."""
    if not (may(user.role, "draft") or may(user.role, "remark") or may(user.role, "read_personal")):
        raise Forbidden(f"{user.name} is {user.role} and may not read drafts; ask for another role")
    return user


Reader = Annotated[User, Depends(_reader)]


@router.get("/drafts")
def list_drafts(desk: AtDesk, user: Reader) -> list[dict[str, Any]]:  # noqa: ARG001 (its presence closes the door)
    """List all drafts, the newest first."""
    return [asdict(draft) for draft in desk.drafts()]


@router.post("/drafts", status_code=201)
def open_draft(asked: NewDraft, desk: AtDesk, user: Planner) -> dict[str, Any]:
    """Begin a draft on the current version."""
    return asdict(desk.open(asked.title, by=user.name))


@router.get("/drafts/{number}")
def show_draft(number: Number, desk: AtDesk, user: Reader) -> dict[str, Any]:  # noqa: ARG001
    """Return a draft with its changes, remarks, effect, and what collides with it."""
    return desk.show(number)


@router.get("/drafts/{number}/grids", response_class=GeoJSON, responses=geojson_document("FeatureCollection"))
def draft_grids(number: Number, desk: AtDesk, user: Reader) -> GeoJSON:  # noqa: ARG001
    """Return the grids that a draft touches, as it has them, in degrees (CGCS2000)."""
    crs = desk.store.layers()[0].crs
    rows = [row for row in desk.state(number).rows.values() if row is not None]
    return GeoJSON(collection([_feature(row, crs) for row in sorted(rows, key=lambda row: row.code)]))


@router.post("/drafts/{number}/changes", responses=CONFLICT)
def change_draft(number: Number, asked: NewChange, desk: AtDesk, user: Planner) -> dict[str, Any]:
    """Make a change, or with ``dry_run`` tell what it would do."""
    said, check = _in_layer_crs(asked, desk), _checked(user, "draft")
    if asked.dry_run:
        return desk.try_change(said, number=number, check=check)
    return desk.change(number, said, by=user.name, revision=asked.revision, check=check)


@router.post("/changes")
def try_change(asked: NewChange, desk: AtDesk, user: Planner) -> dict[str, Any]:
    """Tell what a change would do to the current version; nothing is written."""
    return desk.try_change(_in_layer_crs(asked, desk), check=_checked(user, "draft"))


@router.post("/drafts/{number}/undo", responses=CONFLICT)
def undo_change(number: Number, desk: AtDesk, user: Planner, asked: Seen = None) -> dict[str, Any]:
    """Take the last change back."""
    revision = asked.revision if asked else None
    return asdict(desk.undo(number, by=user.name, revision=revision, check=_checked(user, "draft")))


@router.post("/drafts/{number}/redo", responses=CONFLICT)
def redo_change(number: Number, desk: AtDesk, user: Planner, asked: Seen = None) -> dict[str, Any]:
    """Do the change again that was undone last."""
    revision = asked.revision if asked else None
    return asdict(desk.redo(number, by=user.name, revision=revision, check=_checked(user, "draft")))


@router.post("/drafts/{number}/rebase", responses=CONFLICT)
def rebase_draft(number: Number, desk: AtDesk, user: Planner, asked: Seen = None) -> dict[str, Any]:
    """Let a draft begin with the current version, if nothing collides."""
    revision = asked.revision if asked else None
    return asdict(desk.rebase(number, by=user.name, revision=revision, check=_checked(user, "draft")))


def _step(act: str, number: int, desk: Desk, user: User, asked: Step | None) -> dict[str, Any]:
    """Do one step of a draft's life."""
    said = asked or Step()
    done = desk.step(
        number, act, by=user.name, text=said.text, codes=said.codes, revision=said.revision, check=_checked(user, act)
    )
    return asdict(done)


@router.post("/drafts/{number}/submit", responses=CONFLICT)
def submit_draft(
    number: Number, desk: AtDesk, user: Annotated[User, require("submit")], asked: Said = None
) -> dict[str, Any]:
    """Hand a draft in for review; rules that it breaks must be explained."""
    return _step("submit", number, desk, user, asked)


@router.post("/drafts/{number}/return", responses=CONFLICT)
def return_draft(
    number: Number, desk: AtDesk, user: Annotated[User, require("return")], asked: Said = None
) -> dict[str, Any]:
    """Return a draft to its author, with a remark."""
    return _step("return", number, desk, user, asked)


@router.post("/drafts/{number}/approve", responses=CONFLICT)
def approve_draft(
    number: Number, desk: AtDesk, user: Annotated[User, require("approve")], asked: Said = None
) -> dict[str, Any]:
    """Approve a submitted draft; nobody approves their own."""
    return _step("approve", number, desk, user, asked)


@router.post("/drafts/{number}/drop", responses=CONFLICT)
def drop_draft(
    number: Number, desk: AtDesk, user: Annotated[User, require("drop")], asked: Said = None
) -> dict[str, Any]:
    """Give a draft up; it stays readable."""
    return _step("drop", number, desk, user, asked)


@router.post("/drafts/{number}/remarks", status_code=201)
def remark_on_draft(
    number: Number, asked: Remark, desk: AtDesk, user: Annotated[User, require("remark")]
) -> dict[str, Any]:  # fmt: skip
    """Pin a remark to grids, or to the draft."""
    check = _checked(user, "remark")
    return asdict(desk.remark(number, asked.text, by=user.name, codes=asked.codes, check=check))


@router.post("/drafts/{number}/remarks/{note}/settle", status_code=204)
def settle_remark(number: Number, note: Annotated[int, Path(ge=1)], desk: AtDesk, user: Planner) -> None:
    """Mark a remark as settled."""
    desk.settle(number, note, by=user.name)


@router.post("/drafts/{number}/publish", responses=CONFLICT)
def publish_draft(
    number: Number,
    desk: AtDesk,
    user: Annotated[User, require("publish")],
    asked: Annotated[Publication | None, Body()] = None,
) -> dict[str, Any]:
    """Publish an approved draft as the next version, in one transaction."""
    asked = asked or Publication()
    return desk.publish(
        number, by=user.name, effective=asked.effective, why=asked.why, revision=asked.revision,
        check=_checked(user, "publish"),
    )  # fmt: skip


# ------------------------------------------------------------------------ coordinates ----


def _in_layer_crs(asked: NewChange, desk: Desk) -> dict[str, Any]:
    """Return a change with its geometry in the layer's CRS."""
    layers = desk.store.layers()
    crs = layers[0].crs if layers else DEGREES
    said = dict(asked.change)
    for name in ("line", "area"):
        if said.get(name) is not None:
            said[name] = moved_to(_geometry(said[name], name), crs, asked.crs)
    if said.get("keep") is not None:
        try:
            point = moved_to(shapely.Point(said["keep"]), crs, asked.crs)
        except (TypeError, ValueError):
            raise InputError(f"'keep' must be a pair of numbers, not {said['keep']!r}") from None
        said["keep"] = (point.x, point.y)
    return said


def _geometry(value: Any, name: str) -> Any:
    """Read GeoJSON or WKT."""
    try:
        shape = (
            shapely.from_wkt(value) if isinstance(value, str) else shapely.from_geojson(orjson.dumps(value).decode())
        )
    except (shapely.errors.ShapelyError, TypeError) as error:
        raise InputError(f"{name!r} is neither GeoJSON nor WKT ({error})") from None
    return shapely.force_2d(shape)


def _feature(row: GridRow, crs: str) -> bytes:
    """Write one grid as a GeoJSON feature."""
    shape = shapely.transform(
        row.geometry, lambda points: np.column_stack(from_city(points[:, 0], points[:, 1], DEGREES, crs))
    )
    facts = {
        name: getattr(row, name)
        for name in (
            "code",
            "kind",
            "community_code",
            "full_name",
            "households",
            "enterprises",
            "population",
            "area_m2",
        )
    }
    geometry = orjson.Fragment(shapely.to_geojson(shape))
    return orjson.dumps({"type": "Feature", "id": row.code, "geometry": geometry, "properties": facts})
