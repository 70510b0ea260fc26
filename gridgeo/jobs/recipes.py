"""Map recipes by name or path.

In: the name of a file in ``maps/``, or the path of one of the user's own. Out: a `Recipe`.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from gridgeo.errors import NotFoundError, ReadError
from gridgeo.render.recipe import Recipe, parse_recipe

__all__ = ["known_recipes", "read_recipe"]


def known_recipes() -> list[str]:
    """Return the names of the recipes in ``maps/``."""
    return sorted({recipe.stem for folder in _folders() for recipe in folder.glob("*.toml")})


def read_recipe(name: str) -> Recipe:
    """Read a recipe by name or path.

    Raises
    ------
    NotFoundError
        If there is no such recipe; the message lists the known ones.
    ReadError
        If the file cannot be read.
    InputError
        If it is faulty.
    """
    path = Path(name)
    if path.suffix != ".toml":
        found = [folder / f"{name}.toml" for folder in _folders() if (folder / f"{name}.toml").is_file()]
        if not found:
            known = ", ".join(known_recipes())
            raise NotFoundError(f"there is no map recipe {name!r}; known: {known}, or the path of a .toml file")
        path = found[0]
    try:
        return parse_recipe(path.read_text("utf-8"), path.name)
    except FileNotFoundError:
        raise ReadError(f"map recipe {path} cannot be read: there is no such file") from None
    except OSError as error:
        raise ReadError(f"map recipe {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ReadError(f"map recipe {path} cannot be read: it is not UTF-8 text") from None


def _folders() -> tuple[Path, ...]:
    """Return where recipes lie: inside an installed package, beside it in a checkout."""
    package = Path(str(resources.files("gridgeo")))
    return package / "maps", package.parent / "maps"
