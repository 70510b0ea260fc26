"""The one table of exit codes, and the boundary where errors become sentences."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

from gridgeo import errors

__all__ = [
    "EXIT_CODES",
    "INTERRUPTED",
    "KEPT",
    "MOSTLY_OUTSIDE",
    "NO",
    "exit_code",
    "fails_plainly",
    "print_json",
    "say_no",
]

NO = 1
"""The job ran and its own answer is no: not seamless, unknown code."""

KEPT = 3
"""Ctrl+C ended the job, and what it had is written and says so."""

INTERRUPTED = 130
"""Ctrl+C ended the job, and nothing is written; as shells say it: 128 + the number of the signal."""

EXIT_CODES: dict[type[errors.GridgeoError], int] = {
    errors.CityFileError: 2,
    errors.ReadError: 2,
    errors.SchemaError: 2,
    errors.UnknownCRS: 2,
    errors.CRSError: 2,
    errors.InputError: 2,
    errors.Refusal: 1,
    errors.TopologyError: 4,
    errors.CodeError: 5,
    errors.NotFoundError: 1,
    errors.VersionConflict: 6,
    errors.StoreError: 7,
    errors.SignInError: 9,
    errors.Forbidden: 9,
    errors.Cancelled: 8,
    errors.GridgeoError: 8,
}
"""0 = done, 1 = the answer is no, 2 = wrong usage or unreadable input."""

MOSTLY_OUTSIDE = (
    "{:,} of {:,} rows lie in no grid: is --crs the right one? gridgeo quality tells which one addresses show"
)
"""What `assign` and `register load` say of a register that hardly fits its layer."""

SENTENCE = "gridgeo: interrupted by Ctrl+C; nothing was written or published"

P = ParamSpec("P")
R = TypeVar("R")


def exit_code(error: errors.GridgeoError) -> int:
    """Return the exit code of an error: that of its nearest class in `EXIT_CODES`."""
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)


def fails_plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command end with one sentence and an exit code instead of a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except errors.GridgeoError as error:
            print(f"gridgeo: {error}", file=sys.stderr)
            raise typer.Exit(exit_code(error)) from None
        except KeyboardInterrupt:
            print(SENTENCE, file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None

    return run


def print_json(value: Any) -> None:
    """Print one JSON value for machines."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def say_no() -> NoReturn:
    """End with the exit code that means: done, and the answer is no."""
    raise typer.Exit(NO)
