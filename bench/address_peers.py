"""Plain ways to find an address, all with one normaliser: n-grams in tantivy or numpy, pg_trgm, SQLite's FTS5.

Every peer answers with its best document: it has no statuses, so it is as good as `sure` of everything.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import psycopg2
from numpy.typing import NDArray
from scipy import sparse

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "store"))

import private_pg

GRAMS = (1, 2)
RAREST = 8
"""Trigrams of a question that FTS5 is asked for, the rarest first: all of them took seconds with 400,000 rows."""
RERANKED = 200
"""Hits of FTS5 that are ranked again by their n-grams."""

Ask = Callable[[str], int]
"""A question to the number of the best document, -1 for none."""


class Peer(Protocol):
    """Builds an index over texts and yields what answers questions, and the bytes that it has on disk."""

    def __call__(self, texts: Sequence[str], folder: Path) -> contextlib.AbstractContextManager[tuple[Ask, int]]:
        """Build."""


def plain(text: str) -> str:
    """Return a text in one width and case: what is left where gridgeo's own normaliser is not there."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def normaliser() -> Callable[[str], str]:
    """Return gridgeo's own normaliser, so that no peer loses by what anybody could do beforehand."""
    try:
        module = import_module("gridgeo.locate.address.normalise")
    except ImportError:
        return plain

    def normalised(text: str) -> str:
        result = module.normalise(text)
        return str(module.fold(getattr(result, "text", result)))

    return normalised


def grams(text: str) -> list[str]:
    """Return the single characters and pairs of a text."""
    return [text[i : i + n] for n in GRAMS for i in range(len(text) - n + 1)]


# --------------------------------------------------------------------------- n-grams ----


@contextlib.contextmanager
def tantivy_grams(texts: Sequence[str], folder: Path) -> Iterator[tuple[Ask, int]]:
    """Ask tantivy (BM25) for any of the characters and pairs of a question."""
    tantivy = import_module("tantivy")
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="grams", index_option="freq")
    builder.add_unsigned_field("at", stored=True)
    schema = builder.build()
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(*GRAMS, False)).build()
    index = tantivy.Index(schema, path=str(folder))
    index.register_tokenizer("grams", analyzer)
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    for at, text in enumerate(texts):
        document = tantivy.Document()
        document.add_text("text", text)
        document.add_unsigned("at", at)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def ask(text: str) -> int:
        words = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", gram, "freq"))
            for gram in grams(text.lower())
        ]
        hits = searcher.search(tantivy.Query.boolean_query(words), 1).hits if words else []
        return int(searcher.doc(hits[0][1])["at"][0]) if hits else -1

    yield ask, sum(f.stat().st_size for f in folder.iterdir())


@contextlib.contextmanager
def numpy_grams(texts: Sequence[str], folder: Path) -> Iterator[tuple[Ask, int]]:
    """Ask an index of numpy arrays for the nearest text by the cosine of TF-IDF over characters and pairs."""
    vocabulary: dict[str, int] = {}
    terms, starts = [], [0]
    for text in texts:
        terms += [vocabulary.setdefault(g, len(vocabulary)) for g in grams(text)]
        starts.append(len(terms))
    counts = sparse.csr_matrix(
        (np.ones(len(terms), dtype=np.float32), np.array(terms, dtype=np.int32), np.array(starts)),
        shape=(len(texts), len(vocabulary)),
    )
    counts.sum_duplicates()
    weight = _idf(counts)
    counts.data *= weight[counts.indices]
    length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts = sparse.diags(1 / np.maximum(length, 1e-9)).dot(counts).tocsc().astype(np.float32)
    first, docs, values = counts.indptr, counts.indices, counts.data

    def ask(text: str) -> int:
        known = Counter(g for g in grams(text) if g in vocabulary)
        if not known:
            return -1
        scores = np.zeros(len(texts), dtype=np.float32)
        for gram, count in known.items():
            t = vocabulary[gram]
            scores[docs[first[t] : first[t + 1]]] += count * weight[t] * values[first[t] : first[t + 1]]
        return int(scores.argmax())

    del folder
    yield ask, 0


def _idf(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.log((1 + counts.shape[0]) / (1 + frequency)).astype(np.float32) + np.float32(1)


# ------------------------------------------------------------------------- databases ----


@contextlib.contextmanager
def pg_trgm(texts: Sequence[str], folder: Path) -> Iterator[tuple[Ask, int]]:
    """Ask PostgreSQL's pg_trgm for the nearest text by its GiST index (`ORDER BY text <-> question`)."""
    del folder
    with private_pg.databases() as found:
        name = "address_trigrams"
        private_pg.execute(
            found.address,
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        )
        url = found.address.set(database=name).render_as_string(hide_password=False)
        try:
            with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
                yield _trigrams(cursor, texts)
        finally:
            found.drop(url)


def _trigrams(cursor: Any, texts: Sequence[str]) -> tuple[Ask, int]:
    cursor.execute("CREATE EXTENSION pg_trgm; CREATE TABLE doc (at int, text text)")
    cursor.execute("SELECT array_length(show_trgm('文昌路'), 1)")
    if not cursor.fetchone()[0]:
        raise RuntimeError("this server's locale has no Chinese letters for pg_trgm")
    rows = b"".join(b"%d\t%s\n" % (at, text.replace("\\", "\\\\").encode()) for at, text in enumerate(texts))
    cursor.copy_expert("COPY doc FROM STDIN", _Bytes(rows))
    cursor.execute("CREATE INDEX ON doc USING gist (text gist_trgm_ops(siglen=64)); ANALYZE doc")
    cursor.connection.commit()
    cursor.execute("SET enable_seqscan = off; SELECT pg_total_relation_size('doc')")
    size = int(cursor.fetchone()[0])

    def ask(text: str) -> int:
        cursor.execute("SELECT at FROM doc ORDER BY text <-> %s LIMIT 1", (text,))
        found = cursor.fetchone()
        return int(found[0]) if found else -1

    return ask, size


class _Bytes:
    """A file of bytes that are in memory."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        end = len(self.data) if size < 0 else self.at + size
        part, self.at = self.data[self.at : end], min(end, len(self.data))
        return part


@contextlib.contextmanager
def fts5_trigrams(texts: Sequence[str], folder: Path) -> Iterator[tuple[Ask, int]]:
    """Ask SQLite's FTS5 for any of a question's rarest trigrams, and rank its hits again by characters and pairs."""
    path = folder / "trigrams.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("CREATE VIRTUAL TABLE doc USING fts5(text, tokenize='trigram', detail=full)")
        base.executemany("INSERT INTO doc(rowid, text) VALUES (?, ?)", enumerate(texts, 1))
        base.execute("INSERT INTO doc(doc) VALUES ('optimize')")
        base.execute("CREATE VIRTUAL TABLE word USING fts5vocab(doc, row)")
        base.commit()

        def rarity(trigram: str) -> int:
            found = base.execute("SELECT doc FROM word WHERE term = ?", (trigram,)).fetchone()
            return int(found[0]) if found else 0

        def ask(text: str) -> int:
            known = {t: rarity(t) for t in {text[i : i + 3].lower() for i in range(len(text) - 2)}}
            rare = sorted((t for t, n in known.items() if n), key=lambda t: (known[t], t))[:RAREST]
            if not rare:
                return -1
            words = " OR ".join('"' + t.replace('"', '""') + '"' for t in rare)
            question = "SELECT rowid, text FROM doc WHERE doc MATCH ? ORDER BY rank LIMIT ?"
            hits = base.execute(question, (words, RERANKED)).fetchall()
            own = Counter(grams(text))
            return max(((_dice(own, Counter(grams(t))), -at) for at, t in hits), default=(0.0, 0))[1] * -1 - 1

        yield ask, path.stat().st_size


def _dice(a: Counter[str], b: Counter[str]) -> float:
    """Return how many characters and pairs two texts share."""
    return 2 * (a & b).total() / max(1, a.total() + b.total())


PEERS: dict[str, Peer] = {
    "tantivy 1-2-grams": tantivy_grams,
    "numpy 1-2-grams": numpy_grams,
    "pg_trgm": pg_trgm,
    "FTS5 trigrams": fts5_trigrams,
}

__all__ = ["PEERS", "normaliser", "plain"]
