"""The web application: endpoints over one store.

In: an open store. Out: a FastAPI app, see ``/openapi.json``. Before: `gridgeo.store`; started by ``gridgeo serve``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import Depends, FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from gridgeo.api import atoms, batch, drafts, feedback, grids, health, history, layers, locate, maps, people, places
from gridgeo.api.deps import PROGRAM, Shelf, known_parameters
from gridgeo.api.errors import PROBLEMS, Problem, install_errors
from gridgeo.api.express import PlainPoints
from gridgeo.api.page import install_page
from gridgeo.api.watch import Watcher
from gridgeo.jobs.drafts import Desk
from gridgeo.jobs.map_orders import MapOrders, orders_place
from gridgeo.render.recipe import Recipe
from gridgeo.store.base import Store

__all__ = ["create_app"]


def create_app(store: Store, *, recipe: Recipe | None = None) -> FastAPI:
    """Make the web application of one store.

    Parameters
    ----------
    store : Store
        Open; the caller closes it after the server has ended.
    recipe : Recipe, keyword-only, optional
        How the page colours grids, and its 审图号; by default households against the usual limits, for internal use.

    Returns
    -------
    FastAPI
        Reading the layer needs no account.
    """
    shelf = Shelf(store, recipe or Recipe(title="网格"))
    watcher = Watcher(shelf)

    @asynccontextmanager
    async def watching(_: FastAPI) -> AsyncIterator[None]:
        watcher.start()
        try:
            yield
        finally:
            await to_thread.run_sync(watcher.stop)
            await to_thread.run_sync(app.state.map_orders.close)

    app = FastAPI(
        lifespan=watching,
        title="gridgeo",
        version=PROGRAM,
        description="One city, one seamless grid layer, one code per grid (一格一码).",
        docs_url=None,  # both default pages load scripts from outside
        redoc_url=None,
        responses=PROBLEMS,
    )
    app.state.shelf, app.state.watcher = shelf, watcher
    app.state.door = people.Door(store)
    app.state.desk = Desk(store)
    app.state.map_orders = MapOrders(orders_place(store.url), store.address)
    for room in (health, grids, places, atoms, locate, batch, feedback, layers, maps, history, people, drafts):
        app.include_router(room.router, dependencies=[Depends(known_parameters)])
    install_page(app)
    install_errors(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=3)
    app.add_middleware(PlainPoints, watcher=watcher)  # the last to be added is the first to be asked
    _document_problems(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """Put the shape of failures into the OpenAPI document, in place of FastAPI's own."""
    written = app.openapi

    def openapi() -> dict[str, Any]:
        document = written()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
