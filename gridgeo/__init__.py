"""One seamless, permanently numbered grid layer from the grids of many agencies.

The verbs in the order in which a city's data flows through them. Each is loaded when it is first used, so that
``import gridgeo`` costs nothing.

>>> import gridgeo as gg
>>> gg.__all__[:3]
['read_city', 'inspect', 'merge']
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridgeo.city import read_city
    from gridgeo.jobs.address_book import AddressBook as AddressBook
    from gridgeo.jobs.draw import draw_map as draw
    from gridgeo.jobs.inspect import inspect_city as inspect
    from gridgeo.jobs.locate import locate as locate_grid
    from gridgeo.jobs.lookup import open_lookup
    from gridgeo.jobs.merge import merge
    from gridgeo.jobs.verify import verify_layer as verify
    from gridgeo.locate.assign import assign_points as assign
    from gridgeo.sample import make_city
    from gridgeo.store.base import open_store

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022 - the order is that of the flow
    "read_city",
    "inspect",
    "merge",
    "verify",
    "assign",
    "open_lookup",
    "locate_grid",
    "open_store",
    "draw",
    "make_city",
]

_HOMES = {
    "read_city": "gridgeo.city:read_city",
    "inspect": "gridgeo.jobs.inspect:inspect_city",
    "merge": "gridgeo.jobs.merge:merge",
    "verify": "gridgeo.jobs.verify:verify_layer",
    "assign": "gridgeo.locate.assign:assign_points",
    "open_lookup": "gridgeo.jobs.lookup:open_lookup",
    "locate_grid": "gridgeo.jobs.locate:locate",
    "open_store": "gridgeo.store.base:open_store",
    "draw": "gridgeo.jobs.draw:draw_map",
    "make_city": "gridgeo.sample:make_city",
}
"""Verb → module and name of the function."""
_CLASSES = {"AddressBook": "gridgeo.jobs.address_book:AddressBook"}
"""What is no verb: something that is opened once and asked often."""


def __getattr__(name: str) -> Any:
    """Load a verb on first use (PEP 562)."""
    if name == "render":
        return import_module("gridgeo.render")
    home = _HOMES.get(name) or _CLASSES.get(name)
    if home is None:
        raise AttributeError(f"module 'gridgeo' has no attribute {name!r}; its verbs are {', '.join(__all__)}")
    module, _, function = home.partition(":")
    verb = getattr(import_module(module), function)
    globals()[name] = verb
    return verb


def verb_module(home: str) -> type[ModuleType]:
    """Return the class of a part of the package that can be called like the verb of its name.

    A name is one thing: ``gg.render`` is the part as soon as anything in it is imported, so the part does the verb.

    Parameters
    ----------
    home : str
        Module and name of the function, by ":"; it is loaded when it is first called.
    """
    module, _, function = home.partition(":")

    def verb() -> Callable[..., Any]:
        return getattr(import_module(module), function)

    class VerbModule(ModuleType):
        def __call__(self, *args: Any, **values: Any) -> Any:
            return verb()(*args, **values)

        @property
        def __signature__(self) -> Any:
            return import_module("inspect").signature(verb())  # loads slowly, and its name is a verb's

        @property
        def __doc__(self) -> str:  # type: ignore[override]  # help() asks a module for nothing else
            name = f"{self.__name__.rpartition('.')[2]}{self.__signature__}"
            return "\n\n".join(
                text or "" for text in (self.__dict__["__doc__"], name, import_module("inspect").getdoc(verb()))
            )

    return VerbModule


def __dir__() -> list[str]:
    """Offer the verbs to completion before they are loaded."""
    return sorted({*globals(), *__all__, *_CLASSES, "render"})
