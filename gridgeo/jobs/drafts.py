"""Job: drafts of one store - changed, looked at, reviewed, published.

In: an open `Store`, who acts, and what they want. Out: plain values for the command line and the API. Every step is one
transaction: it is done and told to the audit, or nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, TypeAlias, cast

from gridgeo.draft.change import Change, change_from
from gridgeo.draft.conflict import Collision, collisions, really_changed
from gridgeo.draft.effect import effect_of
from gridgeo.draft.ground import GridRow, Ground
from gridgeo.draft.perform import perform
from gridgeo.draft.review import EDITABLE, step
from gridgeo.draft.state import State
from gridgeo.errors import InputError, Refusal, VersionConflict
from gridgeo.jobs.next_version import first_day, publish_changes, require_explained
from gridgeo.store.base import Store
from gridgeo.store.drafts import Draft, DraftBook, Planned
from gridgeo.store.ground import StoreGround
from gridgeo.store.read import Reader
from gridgeo.store.succeed import Imprint

__all__ = ["Check", "Desk"]

Check: TypeAlias = Callable[[Draft | None, frozenset[str]], None]
"""Raises if somebody may not do what they want: the draft (None for one that is only tried) and the codes of all
communities that are touched. Called in the transaction, before anything is written."""

MOST_DRAFTS_HELD = 32
"""Drafts whose layers are kept in memory."""


@dataclass(slots=True)
class _Held:
    """A draft that was replayed: so many changes, and the layer after each."""

    base: tuple[int, int]
    """The version that it begins with, and the last load of a register: another one moves other households."""
    said: list[dict[str, Any]] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    """Without ground: that of a transaction that has ended is of no use, and keeps what it read."""


class Desk:
    """The drafts of a store, for one process; several threads may use it.

    Parameters
    ----------
    store : Store
        Open; the caller closes it.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = Lock()
        self._held: dict[int, _Held] = {}

    # ----------------------------------------------------------------- looking at ----

    def drafts(self) -> list[Draft]:
        """Return all drafts, the newest first."""
        with self.store.snapshot() as reader:
            return DraftBook(reader.connection).drafts()

    def show(self, number: int) -> dict[str, Any]:
        """Return a draft with its changes, remarks and effect.

        Returns
        -------
        dict
            ``draft`` (as `gridgeo.store.drafts.Draft`), ``changes`` (`Planned`), ``notes`` (`Note`), ``effect``
            (`gridgeo.draft.effect.effect_of`), ``collisions`` with what was published meanwhile.
        """
        with self.store.snapshot() as reader:
            book = DraftBook(reader.connection)
            draft = book.draft(number)
            planned = book.planned(number)
            before, after = self._replayed(reader, draft, planned)
            return {
                "draft": asdict(draft),
                "changes": [asdict(one) for one in planned],
                "notes": [asdict(one) for one in book.notes(number)],
                "effect": effect_of(before, after, _touched(after)),
                "collisions": [asdict(one) for one in _collisions(reader, draft, after)],
            }

    def state(self, number: int) -> State:
        """Return the layer as a draft has it; only what the draft touched can be read once this returns."""
        with self.store.snapshot() as reader:
            book = DraftBook(reader.connection)
            return self._replayed(reader, book.draft(number), book.planned(number))[1]

    @contextmanager
    def looking_at(self, number: int) -> Iterator[tuple[Reader, Draft, list[dict[str, Any]], State]]:
        """Open one snapshot with a draft, its changes and the layer after them; everything can be read in it."""
        with self.store.snapshot() as reader:
            book = DraftBook(reader.connection)
            draft, planned = book.draft(number), book.planned(number)
            after = self._replayed(reader, draft, planned)[1]
            yield reader, draft, [one.change for one in planned if not one.undone], after

    # ------------------------------------------------------------------- changing ----

    def open(self, title: str, *, by: str) -> Draft:
        """Begin a draft on the current version."""
        with self.store.transaction() as reader:
            return _opened(reader, title, by)

    def begin(self, title: str, said: Mapping[str, Any], *, by: str, check: Check | None = None) -> dict[str, Any]:
        """Begin a draft with a change, or do neither. See `change`."""
        change = change_from(said)
        with self.store.transaction() as reader:
            draft = _opened(reader, title, by)
            return self._added(reader, draft, change, by, check)

    def change(
        self,
        number: int,
        said: Mapping[str, Any],
        *,
        by: str,
        revision: int | None = None,
        check: Check | None = None,
    ) -> dict[str, Any]:
        """Add a change to a draft.

        Parameters
        ----------
        number : int
            The draft.
        said : mapping
            The change, see `gridgeo.draft.change.change_from`.
        by : str
            Who does it.
        revision : int, optional
            The revision that they looked at; another one by now is a conflict.
        check : callable, optional
            Whether they may, see `Check`.

        Returns
        -------
        dict
            ``draft``, ``nth`` (its place in the list), ``effect``, ``absorbed_m2``, ``estimated``.

        Raises
        ------
        InputError
            If it is no change.
        Refusal
            If it cannot be done; nothing is changed then.
        VersionConflict
            If somebody changed the draft meanwhile, or it is not open for changes.
        """
        change = change_from(said)
        with self.store.transaction() as reader:
            draft = DraftBook(reader.connection).draft(number, revision=revision)
            _require_editable(draft)
            return self._added(reader, draft, change, by, check)

    def _added(self, reader: Reader, draft: Draft, change: Change, by: str, check: Check | None) -> dict[str, Any]:
        """Do a change and write it down."""
        book = DraftBook(reader.connection)
        after, answer = self._tried(reader, draft, book.planned(draft.number), change, check)
        nth = book.add(draft.number, change.to_json(), by=by, at=_now())
        draft = book.draft(draft.number)
        self._hold(draft, nth, change, after)  # kept by what was said, so it does no harm if the commit fails
        return {"draft": asdict(draft), "nth": nth, **answer}

    def change_all(
        self,
        number: int,
        changes: Sequence[Change],
        *,
        by: str,
        revision: int | None = None,
        check: Check | None = None,
    ) -> dict[str, Any]:
        """Add several changes to a draft, or none of them: as `change`; ``nth`` is that of the first.

        Raises
        ------
        Refusal
            If one of them cannot be done; nothing is changed then.
        VersionConflict
            See `change`.
        """
        with self.store.transaction() as reader:
            book, at = DraftBook(reader.connection), _now()
            draft, planned = book.draft(number, revision=revision), book.planned(number)
            _require_editable(draft)
            start = self._replayed(reader, draft, planned)[1]
            state, touched, absorbed_m2, estimated, nths = start, set(), 0.0, 0, []
            for change in changes:
                delta = perform(change, state)
                if check is not None:
                    check(draft, _communities(state, delta.grids, delta.touched - set(delta.grids)))
                state = state.after(delta)
                touched |= delta.touched
                absorbed_m2, estimated = absorbed_m2 + delta.absorbed_m2, estimated + delta.estimated
                nths.append(book.add(number, change.to_json(), by=by, at=at))
            effect = effect_of(start, state, touched)
            draft = book.draft(number)
        told = {"effect": effect, "absorbed_m2": absorbed_m2, "estimated": estimated}
        return {"draft": asdict(draft), "nth": nths[0] if nths else None, **told}

    def try_change(
        self, said: Mapping[str, Any], *, number: int | None = None, check: Check | None = None
    ) -> dict[str, Any]:  # fmt: skip
        """Tell what a change would do to a draft, or to the current version; nothing is written."""
        change = change_from(said)
        with self.store.snapshot() as reader:
            if number is None:
                base = State(ground=StoreGround(reader, reader.resolve(None)))
                return _performed(base, change, None, check)[1]
            book = DraftBook(reader.connection)
            draft = book.draft(number)
            return self._tried(reader, draft, book.planned(number), change, check)[1]

    def undo(self, number: int, *, by: str, revision: int | None = None, check: Check | None = None) -> Planned:
        """Take the last change back."""
        with self.store.transaction() as reader:
            book = DraftBook(reader.connection)
            draft = book.draft(number, revision=revision)
            _require_editable(draft)
            self._check(reader, draft, check)
            return book.undo(number, by=by, at=_now())

    def redo(self, number: int, *, by: str, revision: int | None = None, check: Check | None = None) -> Planned:
        """Do the change again that was undone last."""
        with self.store.transaction() as reader:
            book = DraftBook(reader.connection)
            draft = book.draft(number, revision=revision)
            _require_editable(draft)
            self._check(reader, draft, check)
            return book.redo(number, by=by, at=_now())

    # -------------------------------------------------------------------- reviewing ----

    def step(
        self,
        number: int,
        act: str,
        *,
        by: str,
        text: str = "",
        codes: Sequence[str] = (),
        revision: int | None = None,
        check: Check | None = None,
    ) -> Draft:
        """Submit, return, approve or drop a draft; a text becomes a remark, pinned to grids if they are named.

        Raises
        ------
        VersionConflict
            If the draft is in no state for it.
        Refusal
            If it is submitted or approved with rules broken and not explained.
        """
        with self.store.transaction() as reader:
            book, at = DraftBook(reader.connection), _now()
            draft = book.draft(number, revision=revision)
            after = step(act, draft.state, number)
            if act == "return" and not text:
                raise InputError(f"draft {number}: say what is to be changed when it is returned")
            if act in ("submit", "approve"):
                self._require_sound(reader, draft, book.planned(number))
            self._check(reader, draft, check)
            for code in codes or ("",):
                if text:
                    book.note(number, code, text, by=by, at=at)
            book.move_to(number, after, act, by=by, at=at)
            return book.draft(number)

    def remark(
        self, number: int, text: str, *, by: str, codes: Sequence[str] = (), check: Check | None = None
    ) -> Draft:
        """Pin a remark to grids, or to the draft."""
        with self.store.transaction() as reader:
            book, at = DraftBook(reader.connection), _now()
            self._check(reader, book.draft(number), check)
            for code in codes or ("",):
                book.note(number, code, text, by=by, at=at)
            return book.draft(number)

    def settle(self, number: int, note: int, *, by: str) -> None:
        """Mark a remark as settled."""
        with self.store.transaction() as reader:
            DraftBook(reader.connection).settle(number, note, by=by, at=_now())

    def _check(self, reader: Reader, draft: Draft, check: Check | None) -> None:
        """Ask whether somebody may do something with a draft."""
        if check is not None:
            before, after = self._replayed(reader, draft, DraftBook(reader.connection).planned(draft.number))
            more = (*after.lock_rows, *(code for code, _ in after.explanation_rows))
            check(draft, _communities(after, _pairs(before, after), more))

    def _require_sound(self, reader: Reader, draft: Draft, planned: Sequence[Planned]) -> None:
        """Refuse a draft that does nothing or breaks rules without saying why."""
        before, after = self._replayed(reader, draft, planned)
        if not _touched(after):
            raise Refusal("unchanged", f"草案 {draft.number} 还没有任何操作")
        require_explained(before, after)

    # ------------------------------------------------------------------- publishing ----

    def rebase(self, number: int, *, by: str, revision: int | None = None, check: Check | None = None) -> Draft:
        """Let a draft begin with the current version, if nothing collides.

        Raises
        ------
        VersionConflict
            If a grid that it changes was changed meanwhile; the message names each.
        Refusal
            If a change cannot be done any more.
        """
        with self.store.transaction() as reader:
            book = DraftBook(reader.connection)
            draft, planned = book.draft(number, revision=revision), book.planned(number)
            _require_open(draft)
            self._check(reader, draft, check)
            current = reader.resolve(None)
            _, after = self._replayed(reader, draft, planned)
            _require_no_collision(draft, _collisions(reader, draft, after))
            if draft.base_seq != current:
                self._replayed(reader, replace(draft, base_seq=current), planned)
                book.rebase(number, current, by=by, at=_now())
            return book.draft(number)

    def publish(
        self,
        number: int,
        *,
        by: str,
        effective: date | None = None,
        why: str = "",
        revision: int | None = None,
        check: Check | None = None,
    ) -> dict[str, Any]:
        """Publish an approved draft as the next version, in one transaction.

        Parameters
        ----------
        number : int
            The draft.
        by : str
            Who publishes.
        effective : date, optional
            First day on which the version holds; by default today. Never before that of the version before.
        why : str
            The reason, for the audit; by default the title of the draft.
        revision, check
            See `change`.

        Returns
        -------
        dict
            ``seq, digest, effective, codes`` (provisional → given), ``lineage`` (as in `gridgeo.codes.lineage`),
            ``certificate``.

        Raises
        ------
        VersionConflict
            If the draft is not approved, or collides with what was published meanwhile.
        Refusal
            If a change cannot be done any more, or breaks a rule without an explanation.
        TopologyError
            If the layer would not be seamless; nothing is changed then.
        """
        with self.store.transaction() as reader:
            book, at = DraftBook(reader.connection), _now()
            draft, planned = book.draft(number, revision=revision), book.planned(number)
            step("publish", draft.state, number)
            self._check(reader, draft, check)
            _, after = self._replayed(reader, draft, planned)
            stale = draft.base_seq != reader.resolve(None)
            if stale:
                _require_no_collision(draft, _collisions(reader, draft, after))
            imprint = Imprint(
                by=by, at=at, effective=first_day(reader, effective, at), title=draft.title, why=why or draft.title,
                draft=number,
            )  # fmt: skip
            answer = publish_changes(reader, _changes(planned), imprint, None if stale else after)
            book.published(number, answer["seq"], imprint.effective, at)
        with self._lock:
            self._held.pop(number, None)
        return answer

    def rollback(self, to: int, *, by: str, effective: date | None = None, why: str = "") -> dict[str, Any]:
        """Publish the inverse of everything since a version: the layer is again what it was in it."""
        with self.store.transaction() as reader:
            at = _now()
            title = f"恢复到第 {to} 版"
            imprint = Imprint(
                by=by, at=at, effective=first_day(reader, effective, at), title=title, why=why or title
            )  # fmt: skip
            reader.resolve(to)
            return publish_changes(reader, [change_from({"op": "revert", "to": to})], imprint)

    # --------------------------------------------------------------------- replaying ----

    def _replayed(self, reader: Reader, draft: Draft, planned: Sequence[Planned]) -> tuple[State, State]:
        """Return the base version and the layer after all changes; what was replayed before is taken from memory."""
        ground = StoreGround(reader, draft.base_seq)
        base, origin = State(ground=ground), (ground.seq, ground.load)
        said = [one.change for one in planned if not one.undone]
        with self._lock:
            held = self._held.get(draft.number)
            known = _common(held, origin, said)
            states = list(held.states[:known]) if held is not None else []
        state = replace(states[-1], ground=base.ground) if states else base
        for nth, change in enumerate(said[known:], known + 1):
            try:
                delta = perform(change_from(change), state)
            except Refusal as refusal:
                text = f"草案第 {nth} 项操作（{change['op']}）无法进行：{refusal.text}"
                raise Refusal(refusal.kind, text, refusal.at, codes=refusal.codes) from refusal
            state = state.after(delta)
            states.append(_groundless(state))
        with self._lock:
            self._held.pop(draft.number, None)
            self._held[draft.number] = _Held(origin, said, states)
            for oldest in list(self._held)[:-MOST_DRAFTS_HELD]:
                del self._held[oldest]
        return base, state

    def _tried(
        self, reader: Reader, draft: Draft, planned: Sequence[Planned], change: Change, check: Check | None
    ) -> tuple[State, dict[str, Any]]:
        """Do one more change, without writing."""
        return _performed(self._replayed(reader, draft, planned)[1], change, draft, check)

    def _hold(self, draft: Draft, nth: int, change: Change, after: State) -> None:
        """Keep the layer after a change that was written."""
        ground = cast("StoreGround", after.ground)
        with self._lock:
            held = self._held.get(draft.number)
            if held is not None and held.base == (ground.seq, ground.load) and len(held.states) == nth - 1:
                held.said.append(change.to_json())
                held.states.append(_groundless(after))


# ---------------------------------------------------------------------------- drafts ----


def _opened(reader: Reader, title: str, by: str) -> Draft:
    """Begin a draft on the current version."""
    title = title.strip()
    if not title or len(title) > 200:
        raise InputError("a draft needs a title of 1 to 200 signs: what it is for")
    return DraftBook(reader.connection).open(title, base_seq=reader.resolve(None), by=by, at=_now())


def _performed(state: State, change: Change, draft: Draft | None, check: Check | None) -> tuple[State, dict[str, Any]]:
    """Do one change and tell its effect."""
    delta = perform(change, state)
    if check is not None:
        check(draft, _communities(state, delta.grids, (*delta.locks, *(code for code, _ in delta.explanations))))
    after = state.after(delta)
    effect = effect_of(state, after, delta.touched)
    return after, {"effect": effect, "absorbed_m2": delta.absorbed_m2, "estimated": delta.estimated}


def _communities(
    state: State, pairs: Mapping[str, tuple[GridRow | None, GridRow | None]], more: Collection[str] = ()
) -> frozenset[str]:
    """Return the communities of grids that really change."""
    rows = [row for old, new in pairs.values() if really_changed(old, new) for row in (old, new)]
    rows += state.grids(more).values()
    return frozenset(row.community_code for row in rows if row is not None)


def _pairs(before: State, after: State) -> dict[str, tuple[GridRow | None, GridRow | None]]:
    """Return the grids that a draft touches, before and after."""
    base = before.ground.grids(list(after.rows))
    return {code: (base.get(code), row) for code, row in after.rows.items()}


def _touched(state: State) -> set[str]:
    """Return the codes of all grids that a draft has to do with."""
    return {*state.rows, *state.lock_rows, *(code for code, _ in state.explanation_rows)}


def _changes(planned: Collection[Planned]) -> list[Change]:
    return [change_from(one.change) for one in planned if not one.undone]


def _groundless(state: State) -> State:
    """Return the layer after a change without the transaction that it was read in."""
    return replace(state, ground=None)  # type: ignore[arg-type]


def _common(held: _Held | None, base: tuple[int, int], said: list[dict[str, Any]]) -> int:
    """Return how many changes at the beginning were replayed already."""
    if held is None or held.base != base:
        return 0
    known = 0
    while known < min(len(held.states), len(said)) and held.said[known] == said[known]:
        known += 1
    return known


def _require_editable(draft: Draft) -> None:
    if draft.state not in EDITABLE:
        raise VersionConflict(
            f"draft {draft.number} is {draft.state}; only a draft that is open or returned is changed"
        )


def _require_open(draft: Draft) -> None:
    if draft.state in ("published", "dropped"):
        raise VersionConflict(f"draft {draft.number} is {draft.state}; begin a new one")


def _collisions(reader: Reader, draft: Draft, after: State) -> list[Collision]:
    """Return the grids that a draft changes and that were changed meanwhile."""
    current = reader.resolve(None)
    if current == draft.base_seq or draft.state == "published":
        return []
    then: Ground = StoreGround(reader, draft.base_seq)
    now = StoreGround(reader, current)
    base = then.grids(list(after.rows))
    drafted = {code for code, row in base.items() if really_changed(row, after.rows[code])}
    drafted |= {*after.lock_rows, *(code for code, _ in after.explanation_rows)}
    both = drafted & now.changed_since(draft.base_seq)[0]
    was, rows = then.grids(both), now.grids(both)
    return collisions(drafted, {code: (was.get(code), rows.get(code)) for code in both})


def _require_no_collision(draft: Draft, found: Sequence[Collision]) -> None:
    if found:
        told = "；".join(one.text for one in found[:10])
        raise VersionConflict(
            f"draft {draft.number} begins with version {draft.base_seq} and changes grids that were changed since: "
            f"{told}{f' (of {len(found)})' if len(found) > 10 else ''}; undo these changes and draw them again",
            tuple({"code": one.code, "text": one.text, "x": one.at[0], "y": one.at[1]} for one in found),
        )


def _now() -> datetime:
    return datetime.now(UTC)
