"""Pieces of HTML for reports: tables, figures, one page without any outside reference.

In: texts and numbers, escaped here. Out: HTML. `merge_report` composes them; pages print well in black and white.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from gridgeo.render.palette import FONT_STACK, INK, MARKS, MUTED, PAPER, RULE

__all__ = ["Cell", "figure", "mark", "page", "section", "table"]

Cell = str | int | float | None
"""A number is set at the right, None is a dash; text is escaped unless `mark` made it."""

_ICONS = {"fine": "✓", "warning": "▲", "error": "✕"}


class _Markup(str):
    """HTML made here, which must not be escaped again."""

    __slots__ = ()


def mark(kind: str, word: str) -> str:
    """Return a word with its icon and colour; ``kind`` is fine, warning or error."""
    return _Markup(f'<span class="{kind}">{_ICONS[kind]} {html.escape(word)}</span>')


def figure(name: str, value: Cell, unit: str = "") -> str:
    """Return one headline figure."""
    return f"<div><b>{_text(value)}</b><small>{html.escape(unit)}</small><span>{html.escape(name)}</span></div>"


def _text(value: Cell) -> str:
    """Return a value as HTML: digits in groups, a dash for nothing."""
    if value is None:
        return "—"
    if isinstance(value, _Markup):
        return value
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u2009")
    return f"{value:,.2f}".replace(",", "\u2009")


def table(heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, empty: str = "无") -> str:
    """Return a table.

    Parameters
    ----------
    heads : sequence of str
    rows : iterable of sequence of Cell
    empty : str, keyword-only
        What stands there if there are no rows.

    Returns
    -------
    str
    """
    lines = list(rows)
    if not lines:
        return f"<p>{html.escape(empty)}</p>"
    body = "".join(f"<tr>{''.join(_cell(value) for value in line)}</tr>" for line in lines)
    sides = ["" if any(isinstance(line[at], str) for line in lines) else ' class="n"' for at in range(len(heads))]
    named = zip(heads, sides, strict=True)
    head = "".join(f'<th scope="col"{side}>{html.escape(name)}</th>' for name, side in named)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: Cell) -> str:
    """Return one cell; numbers are set at the right."""
    return f"<td>{_text(value)}</td>" if isinstance(value, str) else f'<td class="n">{_text(value)}</td>'


def section(title: str, body: str, *, note: str = "", folded: bool = False) -> str:
    """Return a section with a heading; a folded one opens at a click and in print.

    Parameters
    ----------
    title, body : str
        ``body`` is HTML.
    note : str, keyword-only
        One sentence below the heading.
    folded : bool, keyword-only

    Returns
    -------
    str
    """
    words = f'<p class="note">{html.escape(note)}</p>' if note else ""
    if folded:
        return f"<section><details><summary>{html.escape(title)}</summary>{words}{body}</details></section>"
    return f"<section><h2>{html.escape(title)}</h2>{words}{body}</section>"


def page(title: str, body: str) -> str:
    """Return a whole page that forbids itself every connection."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


_STYLE = f"""
body {{ font: 15px/1.6 {FONT_STACK}; color: {INK}; background: {PAPER}; max-width: 1120px; }}
body {{ margin: 0 auto; padding: 24px; }}
h1 {{ font-size: 26px; margin: 0 0 4px; }}
h2, summary {{ font-size: 19px; font-weight: 600; margin: 32px 0 8px; }}
summary {{ cursor: pointer; }}
.note, .margin {{ color: {MUTED}; margin: 0 0 8px; }}
.verdict {{ font-size: 21px; font-weight: 600; margin: 16px 0; }}
.figures {{ display: flex; flex-wrap: wrap; gap: 10px; }}
.figures div {{ background: #fff; border: 1px solid {RULE}; border-radius: 4px; padding: 10px 16px; min-width: 104px; }}
.figures b {{ font-size: 21px; font-variant-numeric: tabular-nums; }}
.figures small {{ color: {MUTED}; margin-left: 3px; }}
.figures span {{ display: block; color: {MUTED}; font-size: 13px; }}
.figures b span {{ display: inline; font-size: 21px; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; background: #fff; min-width: 50%; font-size: 14px; margin-bottom: 12px; }}
th, td {{ border-bottom: 1px solid {RULE}; padding: 5px 10px; text-align: left; vertical-align: top; }}
th {{ font-weight: 600; white-space: nowrap; border-bottom: 2px solid {MUTED}; }}
th.n, td.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.fine {{ color: {MARKS["fine"]}; }} .warning {{ color: {MARKS["warning"]}; }} .error {{ color: {MARKS["error"]}; }}
.fine, .warning, .error {{ white-space: nowrap; font-weight: 600; }}
svg {{ width: 100%; height: auto; background: #fff; border: 1px solid {RULE}; border-radius: 4px; }}
.case {{ display: grid; grid-template-columns: 340px 1fr; gap: 18px; margin: 0 0 18px; break-inside: avoid; }}
.case h3 {{ font-size: 16px; margin: 0 0 4px; }} .case p {{ margin: 0 0 6px; }}
.keys span {{ white-space: nowrap; margin-right: 14px; }}
svg.key {{ width: 34px; border: 0; background: none; vertical-align: middle; }}
@media (max-width: 700px) {{ .case {{ grid-template-columns: 1fr; }} }}
@media print {{ body {{ background: #fff; max-width: none; padding: 0; }} section {{ break-inside: avoid-page; }} }}
"""
