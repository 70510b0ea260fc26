"""One published version as drafts see it, read row by row from either database.

In: an open transaction and a version number. Out: a `gridgeo.draft.ground.Ground`. What is asked for is answered from
indexes, so the work depends on the grids that an operation is about and not on how many the layer has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select

from gridgeo.draft.ground import Boxes, CommunityRow, GridRow, Ground, Limits, Places
from gridgeo.store import schema
from gridgeo.store.read import CODES_PER_QUERY, Reader, alive, there

__all__ = ["StoreGround"]

MOST_BOXES = 12
"""More boxes are asked for as the one around them, which may find rows that none of them meets."""

_GRID = (
    "code", "kind", "community_code", "community_name", "short_name", "full_name", "households", "enterprises",
    "population", "area_m2",
)  # fmt: skip


class StoreGround:
    """A version of the layer in a store.

    Parameters
    ----------
    reader : Reader
        An open transaction.
    seq : int
        The version.
    load : int, optional
        The last load of a register that counts; by default the last before the version after this one.
    """

    def __init__(self, reader: Reader, seq: int, load: int | None = None) -> None:
        self._reader = reader
        self._seq = seq
        self.load = reader.load_at(seq) if load is None else load
        row = reader.layer()
        self._layout, self._srid = str(row.layout), int(row.srid)
        self._rules: Limits | None = None
        # A version never changes: what was read once in this transaction is not asked for again.
        self._known_grids: dict[str, GridRow | None] = {}
        self._known_places: dict[str, Places] = {}
        self._known_locks: dict[str, str | None] = {}
        self._known_explanations: dict[str, dict[tuple[str, str], str]] = {}

    @property
    def layout(self) -> str:
        """Code layout."""
        return self._layout

    @property
    def seq(self) -> int:
        """Number of the version."""
        return self._seq

    # --------------------------------------------------------------------- grids ----

    def grids(self, codes: Collection[str]) -> dict[str, GridRow]:
        """Return grids by code; unknown ones are left out."""
        table, known = schema.grid_span, self._known_grids
        missing = [code for code in codes if code not in known]
        if missing:
            found = self._grid_rows(self._by_codes(select(table).where(alive(table, self._seq)), table.c.code, missing))
            known |= dict.fromkeys(missing) | found
        return {code: row for code in sorted(set(codes)) if (row := known[code]) is not None}

    def near(self, boxes: Boxes) -> dict[str, GridRow]:
        """Return the grids whose envelope meets one of the boxes (n, 4), and at times some more nearby."""
        table = schema.grid_span
        found = self._grid_rows(self._by_boxes(select(table).where(alive(table, self._seq)), table, boxes))
        self._known_grids |= found
        return found

    def grids_of(self, community: str) -> dict[str, GridRow]:
        """Return the grids of a community."""
        table = schema.grid_span
        query = select(table).where(alive(table, self._seq), table.c.community_code == community)
        return self._grid_rows(self._reader.connection.execute(query))

    def _grid_rows(self, rows: Iterable[Row[Any]]) -> dict[str, GridRow]:
        """Build records in order of code."""
        found = {row.code: row for row in rows}
        if not found:
            return {}
        ordered = [found[code] for code in sorted(found) if self._known_grids.get(code) is None]
        shapes = self._reader.backend.decode([row.geom for row in ordered])
        limits = self._limits([row.code for row in ordered])
        built = {
            row.code: GridRow(
                **{name: getattr(row, name) for name in _GRID}, geometry=shape, limits=limits.get(row.code, Limits())
            )
            for row, shape in zip(ordered, shapes, strict=True)
        }
        known = {code: row for code in found if (row := self._known_grids.get(code)) is not None}
        return dict(sorted({**known, **built}.items()))

    def _limits(self, codes: Collection[str]) -> dict[str, Limits]:
        """Return what grids have to be: as when they were made, else as the layer's rules say."""
        if self._rules is None:
            version = schema.version
            query = select(version.c.stats).where(version.c.seq == self._seq)
            rules = (self._reader.connection.execute(query).scalar_one_or_none() or {}).get("rules", {})
            low, high = rules.get("households", (0, 0))
            self._rules = Limits(int(low), int(high), int(rules.get("population_max") or 0))
        table = schema.outcome
        columns = table.c.code, table.c.low, table.c.high, table.c.population_max
        query = select(*columns).where(table.c.seq <= self._seq).order_by(table.c.seq)
        told = self._by_codes(query, table.c.code, codes)
        return dict.fromkeys(codes, self._rules) | {
            row.code: Limits(row.low, row.high, row.population_max) for row in told
        }  # fmt: skip

    # --------------------------------------------------------------- communities ----

    def communities(self, codes: Collection[str]) -> dict[str, CommunityRow]:
        """Return communities by code; unknown ones are left out."""
        table = schema.community_span
        rows = self._by_codes(select(table).where(alive(table, self._seq)), table.c.code, codes)
        return self._community_rows(rows)

    def communities_near(self, boxes: Boxes) -> dict[str, CommunityRow]:
        """Return the communities whose envelope meets one of the boxes."""
        table = schema.community_span
        return self._community_rows(self._by_boxes(select(table).where(alive(table, self._seq)), table, boxes))

    def _community_rows(self, rows: Iterable[Row[Any]]) -> dict[str, CommunityRow]:
        """Build records in order of code."""
        ordered = sorted(rows, key=lambda row: str(row.code))
        shapes = self._reader.backend.decode([row.geom for row in ordered])
        return {
            row.code: CommunityRow(code=row.code, name=row.name, parents=row.parents, geometry=shape)
            for row, shape in zip(ordered, shapes, strict=True)
        }

    # -------------------------------------------------------------------- places ----

    def places(self, codes: Collection[str]) -> dict[str, Places]:
        """Return the places that each of these grids is responsible for."""
        known = self._known_places
        missing = [code for code in codes if code not in known]
        if missing:
            found = self._places(missing).by_code()
            known |= {code: found.get(code, Places.none()) for code in missing}
        return {code: known[code] for code in codes}

    def border_places(self, codes: Collection[str]) -> Places:
        """Return those of the places of these grids that lie on a border or outside all grids."""
        held = [self._known_places[code].on_border() for code in codes if code in self._known_places]
        missing = [code for code in codes if code not in self._known_places]
        return Places.joined([*held, self._places(missing, schema.assignment.c.method != "inside")])

    def _places(self, codes: Collection[str], *wanted: ColumnElement[bool]) -> Places:
        """Return the places of some grids in the order of their numbers."""
        query = self._query(there(schema.place, self.load), *wanted)
        return self._built(list(self._by_codes(query, schema.assignment.c.code, codes)))

    def _assigned(self, *wanted: ColumnElement[bool]) -> Places:
        """Return the places of all grids in the order of their numbers."""
        query = self._query(schema.assignment.c.code.is_not(None), *wanted)
        return self._built(list(self._reader.connection.execute(query)))

    def _query(self, *wanted: ColumnElement[bool]) -> Select[Any]:
        """Return the query for places with the grid that is responsible."""
        link, place = schema.assignment, schema.place
        columns = (
            place.c.fid, place.c.kind, place.c.id, place.c.nth, place.c.geom, place.c.count, place.c.population,
            place.c.address, link.c.code, link.c.method, link.c.distance_m,
        )  # fmt: skip
        query = select(*columns).join_from(link, place, link.c.place_fid == place.c.fid)
        return query.where(alive(link, self._seq), *wanted)

    def _built(self, rows: Sequence[Row[Any]]) -> Places:
        """Build places of rows."""
        if not rows:
            return Places.none()
        fid, kind, name, nth, geom, count, population, address, code, method, distance_m = zip(*rows, strict=True)
        points = self._reader.backend.decode(geom)
        words = [np.array([*column, None], object)[:-1] for column in (kind, name, address, code, method)]
        wholes = [np.array(column, np.int64) for column in (fid, nth, count, population)]
        found = Places(
            wholes[0], words[0], words[1], wholes[1], shapely.get_coordinates(points), wholes[2], wholes[3], words[2],
            words[3], words[4], np.array(distance_m, float),
        )  # fmt: skip
        return found.take(np.argsort(found.fid, kind="stable"))

    def exchanged(self, since: int) -> tuple[Places, Places]:
        """Return the places that came with loads of registers behind `since` and are there, and those that went."""
        place = schema.place
        came = and_(place.c.load_from > since, there(place, self.load))
        went = and_(place.c.load_to > since, place.c.load_to <= self.load)
        return self._assigned(came), self._assigned(went)

    def of_load(self, load: int) -> Places:
        """Return the places that came with one load of a register and found a grid."""
        return self._assigned(schema.place.c.load_from == load)

    def loaded(self, codes: Collection[str]) -> set[tuple[str, str]]:
        """Return the (grid, kind) of which places came or went with a register that was loaded."""
        if not self.load:
            return set()
        link, place = schema.assignment, schema.place
        query = select(link.c.code, place.c.kind).distinct().join_from(link, place, link.c.place_fid == place.c.fid)
        came, went = place.c.load_from > 0, place.c.load_to <= self.load
        query = query.where(alive(link, self._seq), place.c.load_from <= self.load, or_(came, went))
        return {(row.code, row.kind) for row in self._by_codes(query, link.c.code, codes)}

    def atoms(self, ids: Collection[str]) -> dict[str, shapely.Polygon]:
        """Return blocks that version 1 was made of by id; unknown ones are left out."""
        found = self._reader.atoms(ids=ids)
        return dict(zip(found["id"], found.geometry, strict=True))

    # --------------------------------------------------------- locks, explanations ----

    def locks(self, codes: Collection[str]) -> dict[str, str]:
        """Return why grids are locked; grids that are not are left out."""
        table, known = schema.lock_span, self._known_locks
        missing = [code for code in codes if code not in known]
        rows = self._by_codes(select(table).where(alive(table, self._seq)), table.c.code, missing)
        known |= dict.fromkeys(missing) | {row.code: row.reason for row in rows}
        return {code: reason for code in codes if (reason := known[code]) is not None}

    def explanations(self, codes: Collection[str]) -> dict[tuple[str, str], str]:
        """Return (code, rule) → why the grid may break the rule."""
        table, known = schema.explanation_span, self._known_explanations
        missing = [code for code in codes if code not in known]
        known |= {code: {} for code in missing}
        for row in self._by_codes(select(table).where(alive(table, self._seq)), table.c.code, missing):
            known[row.code][row.code, row.rule] = row.text
        return {key: text for code in codes for key, text in known[code].items()}

    # ---------------------------------------------------------------------- codes ----

    def is_issued(self, code: str) -> bool:
        """Tell whether a code was ever given to a grid."""
        table = schema.grid_span
        return (
            self._reader.connection.execute(select(table.c.fid).where(table.c.code == code).limit(1)).first()
            is not None
        )

    def last_number(self, scope: str) -> int:
        """Return the highest number ever issued under a prefix of the layout."""
        table = schema.code_book
        found = self._reader.connection.execute(
            select(table.c.last).where(table.c.prefix == scope)
        ).scalar_one_or_none()
        return int(found or 0)

    def fate(self, code: str) -> str:
        """Return a Chinese clause on what became of a code that is not current; empty if it was never given."""
        table, line = schema.grid_span, schema.lineage
        query = select(func.max(table.c.v_to)).where(table.c.code == code, table.c.v_to <= self._seq)
        ended = self._reader.connection.execute(query).scalar_one()
        if ended is None:
            return ""
        query = select(line.c.new_code).where(line.c.old_code == code, line.c.seq == ended).order_by(line.c.new_code)
        heirs = [row.new_code for row in self._reader.connection.execute(query)]
        return f"已于第 {ended} 版停用{'，现为 ' + '、'.join(heirs) if heirs else ''}"

    def origins(self, code: str) -> dict[str, shapely.Polygon]:
        """Return the grids that a grid was cut out of, as they were before."""
        table, line = schema.grid_span, schema.lineage
        born = self._reader.connection.execute(
            select(func.min(table.c.v_from)).where(table.c.code == code)
        ).scalar_one()
        if born is None or born == 1:
            return {}
        parents = select(line.c.old_code).where(line.c.new_code == code, line.c.seq == born)
        olds = sorted(row.old_code for row in self._reader.connection.execute(parents))
        return {old: row.geometry for old, row in StoreGround(self._reader, born - 1).grids(olds).items()}

    # ------------------------------------------------------------------- versions ----

    def version(self, seq: int) -> Ground:
        """Return an earlier version.

        Raises
        ------
        NotFoundError
            If there is none of this number.
        """
        return StoreGround(self._reader, self._reader.resolve(seq))

    def changed_since(self, seq: int) -> tuple[set[str], set[str]]:
        """Return the codes of grids and of communities that differ from an earlier version in anything."""
        found = []
        for tables in ((schema.grid_span, schema.lock_span, schema.explanation_span), (schema.community_span,)):
            codes: set[str] = set()
            for table in tables:
                later = or_(
                    and_(table.c.v_from > seq, table.c.v_from <= self._seq),
                    and_(table.c.v_to > seq, table.c.v_to <= self._seq),
                )
                codes |= {row.code for row in self._reader.connection.execute(select(table.c.code).where(later))}
            found.append(codes)
        return found[0], found[1]

    # -------------------------------------------------------------------- queries ----

    def _by_codes(self, query: Select[Any], column: ColumnElement[str], codes: Collection[str]) -> Iterator[Row[Any]]:
        """Run a query for some codes, in parts where there are many."""
        ordered = sorted(set(codes))
        for start in range(0, len(ordered), CODES_PER_QUERY):
            part = ordered[start : start + CODES_PER_QUERY]
            yield from self._reader.connection.execute(query.where(column.in_(part)))

    def _by_boxes(self, query: Select[Any], table: Table, boxes: Boxes) -> Iterator[Row[Any]]:
        """Run a query for what meets one of the boxes: one by one, so that each asks the spatial index."""
        if len(boxes) > MOST_BOXES:
            boxes = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])[None]
        seen: set[int] = set()
        for box in boxes:
            left, bottom, right, top = map(float, box)
            inside = self._reader.backend.in_box(table, (left, bottom, right, top), self._srid)
            for row in self._reader.connection.execute(query.where(inside)):
                if row.fid not in seen:
                    seen.add(row.fid)
                    yield row
