"""Draw the leaves of a book, side by side in processes where there are many.

In: a `gridgeo.render.book.Book`, and where its parts go. Out: parts on disk, each of a fixed run of leaves whatever the
number of processes, so that the same book gives the same bytes; and what every page says to those who cannot see it.
Only leaves being drawn are in memory. A process that fails, or a job that is called off, ends all of them.
Next: `binding` joins the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol

from matplotlib.backends.backend_pdf import PdfPages

from gridgeo.errors import Cancelled, GridgeoError
from gridgeo.jobs.crew import deaf_process
from gridgeo.jobs.turns import drawing
from gridgeo.render.book import Book, Drawn, Leaf

__all__ = ["Part", "Pressed", "Progress", "never", "press"]

RUN_PAGES = 12
"""Pages of a part, or a few more: each has its own copy of the font's used letters, some 100 kB, and makes one process
wait for its end. Chosen."""
ALONE = 16
"""Books of at most so many pages are drawn here: processes take longer to start than that. Measured."""
ASK_S = 0.2
"""How often a job asks whether it was called off while processes draw."""

ENDED = (
    "a process that drew pages was ended by the system, perhaps for want of memory; nothing was written: free some "
    "memory and try again"
)

Progress = Callable[[int, int], None]
"""Stage, pages done, pages in all."""


def never() -> bool:
    """Tell that nobody calls a job off."""
    return False


@dataclass(frozen=True, slots=True)
class Part:
    """A run of leaves in one file, or their pages in files of their own."""

    leaves: range
    file: Path


@dataclass(slots=True)
class Pressed:
    """A drawn book."""

    parts: list[Part]
    alts: dict[int, list[str]] = field(default_factory=dict)
    """First leaf of a part → what each of its pages says to those who cannot see it."""

    @property
    def alt(self) -> list[str]:
        """The same of all pages, in their order."""
        return [one for part in self.parts for one in self.alts[part.leaves.start]]


class _Sink(Protocol):
    """Takes drawn pages."""

    def __call__(self, drawn: Drawn) -> None: ...


@dataclass(frozen=True, slots=True)
class _Order:
    """What one process is asked for."""

    file: Path
    dpi: int | None
    """Of PNG; None: a PDF."""
    leaves: tuple[Leaf, ...]


def press(
    book: Book,
    place: Path,
    *,
    dpi: int | None,
    progress: Progress,
    cancelled: Callable[[], bool],
    workers: int,
) -> Pressed:
    """Draw all pages.

    Parameters
    ----------
    book : Book
    place : Path
        Parts get this name and an ending.
    dpi : int or None, keyword-only
        None: every part is one PDF. Else every page is a PNG of so many dots per inch: its file's name is that of the
        part with the page's number in it.
    progress : callable, keyword-only
        Called after every page.
    cancelled : callable, keyword-only
        Asked often; true ends the job.
    workers : int, keyword-only
        Processes at most.

    Raises
    ------
    Cancelled
        If the job was called off.
    InputError
        If a text cannot be drawn.
    GridgeoError
        If the system ended a process.
    """
    pressed = Pressed([Part(run, place.with_name(f"{place.name}.{run.start:05d}")) for run in _runs(book)])
    total = sum(map(len, book.heads))
    progress(0, total)
    count = _Counter(progress, total, cancelled)
    workers = min(workers, len(pressed.parts))
    orders = ((part, _Order(part.file, dpi, tuple(map(book.leaf, part.leaves)))) for part in pressed.parts)
    if workers < 2 or total <= ALONE:
        for part, order in orders:
            for alt in _drawn(order, book.shared):
                pressed.alts.setdefault(part.leaves.start, []).append(alt)
                count.page()
    else:
        _side_by_side(orders, book.shared, pressed, count, workers)
    return pressed


def _runs(book: Book) -> Iterator[range]:
    """Yield the leaves of every part: about `RUN_PAGES` pages each."""
    start = pages = 0
    for at, heads in enumerate(book.heads):
        pages += len(heads)
        if pages >= RUN_PAGES:
            yield range(start, at + 1)
            start, pages = at + 1, 0
    if pages:
        yield range(start, len(book.heads))


@dataclass(slots=True)
class _Counter:
    """Counts pages, and asks whether to go on."""

    progress: Progress
    total: int
    cancelled: Callable[[], bool]
    done: int = 0

    def ask(self) -> None:
        """End the job if it was called off."""
        if self.cancelled():
            raise Cancelled(f"called off after {self.done} of {self.total} pages; nothing was written")

    def page(self) -> None:
        """Count a page."""
        self.done += 1
        self.progress(self.done, self.total)
        self.ask()


def _drawn(order: _Order, shared: Any) -> Iterator[str]:
    """Draw some leaves into their files; yield what each page says when it is done."""
    with _sink(order) as keep:
        for leaf in order.leaves:
            pages = leaf.pages(shared)
            while True:
                with drawing():
                    page = next(pages, None)
                    if page is None:
                        break
                    keep(page)
                    page.figure.clear()  # a figure refers to itself: cleared it leaves little for the collector
                yield page.alt


@contextmanager
def _sink(order: _Order) -> Iterator[_Sink]:
    """Yield what takes the pages of an order."""
    if order.dpi is None:
        pdf = PdfPages(order.file, metadata={"CreationDate": None})
        try:
            yield lambda page: pdf.savefig(page.figure)
        finally:
            with drawing():  # fonts are written at the end, by the settings
                pdf.close()
        return
    names = (order.file.with_name(f"{order.file.name}-{number:05d}.png") for number in range(10**5))
    yield lambda page: page.figure.savefig(next(names), dpi=order.dpi, metadata={"Description": page.alt})


def _side_by_side(
    orders: Iterator[tuple[Part, _Order]], shared: Any, pressed: Pressed, count: _Counter, workers: int
) -> None:
    """Draw the parts in processes; whoever is idle gets the next one."""
    crew: dict[Any, Any] = {}
    busy: dict[Any, int] = {}
    try:
        for _ in range(workers):
            process, pipe = deaf_process(_serve)
            crew[pipe] = process
            _say(pipe, shared)
        idle, waiting = list(crew), next(orders, None)
        while waiting or busy:
            while idle and waiting:
                part, order = waiting
                pipe = idle.pop()
                _say(pipe, order)
                busy[pipe] = part.leaves.start
                waiting = next(orders, None)
            for ready in wait(list(busy), timeout=ASK_S):
                if _heard(ready, busy[ready], pressed, count):
                    del busy[ready]
                    idle.append(ready)
            count.ask()
    finally:
        for pipe, process in crew.items():
            process.terminate()
            pipe.close()
        for process in crew.values():
            process.join()


def _say(pipe: Any, thing: Any) -> None:
    """Send something to a process."""
    try:
        pipe.send(thing)
    except ConnectionError:
        raise GridgeoError(ENDED) from None


def _heard(pipe: Any, first: int, pressed: Pressed, count: _Counter) -> bool:
    """Take one message of a process; tell whether it is done with its part."""
    try:
        said = pipe.recv()
    except (EOFError, ConnectionError):
        raise GridgeoError(ENDED) from None
    if isinstance(said, BaseException):
        raise said
    if said is None:
        return True
    pressed.alts.setdefault(first, []).append(said)
    count.page()
    return False


def _serve(pipe: Connection) -> None:
    """Draw what comes through a pipe, in a process of its own, until that ends."""
    shared = pipe.recv()
    while True:
        order = pipe.recv()
        try:
            for alt in _drawn(order, shared):
                pipe.send(alt)
            pipe.send(None)
        except Exception as error:
            pipe.send(error)


def sheets(parts: Sequence[Part], pages: Sequence[int]) -> Iterator[Path]:
    """Yield the PNG of every page, given how many pages each part has."""
    for part, count in zip(parts, pages, strict=True):
        yield from (part.file.with_name(f"{part.file.name}-{number:05d}.png") for number in range(count))
