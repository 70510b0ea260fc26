"""``/maps``: order a map, see how far it is, fetch the file, or cancel it.

In: a recipe and what to change of it. Out: a ticket; the file is fetched from ``/maps/{id}/file``. Maps show what
anybody may read of the layer, so an order needs no account. They are drawn by processes of their own, see
`gridgeo.jobs.map_orders`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gridgeo.api.deps import Shelf, get_shelf
from gridgeo.api.order_check import check_order
from gridgeo.errors import NotFoundError
from gridgeo.jobs.map_orders import MapOrder, MapOrders, Ticket
from gridgeo.jobs.recipes import known_recipes, read_recipe
from gridgeo.render.recipe import changed

__all__ = ["router"]

router = APIRouter(tags=["maps"])


def _listed(value: Any) -> Any:
    """Return one text as a list."""
    return [value] if isinstance(value, str) else value


def _written(value: Any) -> Any:
    """Return a whole number as text."""
    return str(value) if type(value) is int else value


Text = Annotated[str, Field(min_length=1, max_length=200)]
Texts = Annotated[list[Text], Field(max_length=500), BeforeValidator(_listed, json_schema_input_type=Text | list[Text])]
VersionText = Annotated[
    str,
    Field(max_length=32, examples=["2026-11-20", "3"]),
    BeforeValidator(_written, json_schema_input_type=str | int),
]
Number = Annotated[str, Path(alias="id", max_length=64, description="The id of a ticket")]


class Order(BaseModel):
    """A map that is wanted; what is not said is as the recipe has it."""

    model_config = ConfigDict(extra="forbid")

    recipe: str = Field(max_length=64, description="Name of a recipe: GET /maps lists them", examples=["coverage"])
    format: Literal["pdf", "png", "svg", "html", "xlsx", "csv", "gpkg", "zip", "geojson", "pmtiles"] = "pdf"
    at: VersionText | None = Field(None, description="The version of a day or of a number")
    since: VersionText | None = Field(None, description="Of a map of changes: the version to compare with")
    title: str | None = Field(None, min_length=1, max_length=200)
    county: Texts | None = None
    street: Texts | None = None
    community: Texts | None = Field(None, description="Codes or names; one text or several")
    kind: Texts | None = Field(None, description="general, exclusive or micro")
    code: Texts | None = None
    measure: str | None = Field(None, max_length=32)
    agency: str | None = Field(None, max_length=64)
    by: str | None = Field(None, max_length=32)
    tables: bool | None = Field(None, description="PDF: tables follow the map")
    size: str | None = Field(None, max_length=16)
    orientation: str | None = Field(None, max_length=16)
    dpi: int | None = None
    html: str | None = Field(None, max_length=16)
    review_number: str | None = Field(None, max_length=64, description="审图号; without it 内部资料")
    maker: str | None = Field(None, max_length=200, description="制图单位")
    as_of: str | None = Field(None, max_length=64, description="数据截至")
    secrecy: str | None = Field(None, max_length=64, description="密级")


class Recipes(BaseModel):
    """What can be ordered."""

    recipes: list[str]


class Standing(BaseModel):
    """How an order stands."""

    id: str
    recipe: str
    format: str
    state: Literal["waiting", "drawing", "done", "failed", "cancelled"]
    ahead: int = Field(description="Orders that are drawn before this one begins")
    page: int = Field(description="Pages that are finished")
    pages: int = Field(description="All pages; 0 as long as that is not known")
    title: str
    version: str
    grids: int
    file: str = Field(description="Name of the file, once it is done")
    size_bytes: int
    error: str = Field(description="Why it failed")
    href: str = Field(description="Where this is asked again; its file lies below it at /file")


def get_orders(request: Request) -> MapOrders:
    """Return the app's orders."""
    return request.app.state.map_orders


Orders = Annotated[MapOrders, Depends(get_orders)]


@router.get("/maps")
def list_recipes() -> Recipes:
    """List the recipes that can be ordered."""
    return Recipes(recipes=known_recipes())


@router.post("/maps", status_code=202)
def order_map(
    order: Order, response: Response, orders: Orders, shelf: Annotated[Shelf, Depends(get_shelf)]
) -> Standing:
    """Order a map; ``Location`` says where its ticket is asked for. What cannot be drawn is refused now."""
    changes = order.model_dump(exclude_none=True, exclude={"recipe", "format", "at", "since"})
    # only the shipped ones: the path of a file would let anybody look around the server's disk
    if order.recipe not in known_recipes():
        raise NotFoundError(f"there is no map recipe {order.recipe!r}; known: {', '.join(known_recipes())}")
    recipe = changed(read_recipe(order.recipe), changes)
    pages = check_order(shelf, recipe, order.format, at=order.at, since=order.since)
    wanted: dict[str, Any] = {"at": order.at, "since": order.since, "changes": changes, "pages": pages}
    standing = _told(orders.take(MapOrder(recipe=order.recipe, format=order.format, **wanted)))
    response.headers["Location"] = standing.href
    return standing


@router.get("/maps/{id}")
def get_standing(number: Number, orders: Orders) -> Standing:
    """Tell how an order stands."""
    return _told(orders.ticket(number))


@router.get("/maps/{id}/file", response_class=FileResponse)
def get_file(number: Number, orders: Orders) -> FileResponse:
    """Return the file of a finished order."""
    file, name = orders.file(number)
    told = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return FileResponse(file, headers=told)


@router.delete("/maps/{id}")
def cancel_map(number: Number, orders: Orders) -> Standing:
    """Cancel an order, or remove one that has ended."""
    return _told(orders.cancel(number))


def _told(ticket: Ticket) -> Standing:
    """Return a ticket as the API tells it."""
    fields = {name: getattr(ticket, name) for name in ticket.__slots__}
    return Standing(**fields, href=f"/maps/{ticket.id}")
