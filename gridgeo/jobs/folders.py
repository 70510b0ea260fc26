"""Output folders that appear whole: built beside their place, put there in one step, never over somebody's files.

In: the folder a job is to fill. Out: a context that yields an empty folder to work in. Used by the jobs that make more
than one file and may be run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridgeo.errors import InputError
from gridgeo.workplace import OLD, beside, workplace

__all__ = ["replaced_folder"]


@contextmanager
def replaced_folder(out: Path, mark: str) -> Iterator[Path]:
    """Yield an empty folder that takes the place of ``out`` when the block ends without an error.

    Parameters
    ----------
    out : Path
        Missing, empty, or made by the same job before: it then holds a file named ``mark``.
    mark : str
        Name of the file by which the job knows its own output; it is written here.

    Raises
    ------
    InputError
        If ``out`` is a file, holds something else, or cannot be written.
    """
    out = out.absolute()
    _refuse_foreign(out, mark)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with workplace(out) as work:  # also puts the former folder back if the new one did not arrive
            work.mkdir()
            yield work
            (work / mark).touch()
            if out.exists():
                out.rename(beside(work, OLD))
            work.rename(out)
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error}; nothing was changed") from None


def _refuse_foreign(out: Path, mark: str) -> None:
    """Refuse what this job has not made itself."""
    if out.is_dir():
        if any(out.iterdir()) and not (out / mark).exists():
            raise InputError(f"{out} is not empty and was not made by this command; choose another folder with --out")
    elif out.exists():
        raise InputError(f"{out} is a file; name a folder with --out")
