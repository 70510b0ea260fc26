"""How people write, say and spoil an address; each function takes the random numbers that it draws from."""

from __future__ import annotations

import random
import re
from functools import cache

import address_words as words
from address_rows import Row

DIGITS = "零一二三四五六七八九"


@cache
def sounds() -> dict[str, str]:
    """Return for every character the others of its syllable."""
    table: dict[str, str] = {}
    for group in words.SAME_SOUND:
        for c in group if len(group) > 1 else ():
            table[c] = table.get(c, "") + group.replace(c, "")
    return table


@cache
def accents() -> dict[str, str]:
    """Return for every character those that a speaker of a dialect may be heard to say."""
    table: dict[str, str] = {}
    for a, b in words.DIALECT:
        table[a] = table.get(a, "") + b
        table[b] = table.get(b, "") + a
    return table


def misheard(name: str, rng: random.Random, table: dict[str, str], count: int = 1) -> str:
    """Replace up to `count` characters by one that sounds alike; the same name if none can be."""
    stem = re.sub("(路|街|大街|大道|巷|里|村|社区|小区|街道|镇|乡|区|县|市)$", "", name)
    spots = [i for i, c in enumerate(stem) if c in table]
    letters = list(name)
    for i in rng.sample(spots, min(count, len(spots))):
        letters[i] = rng.choice(table[letters[i]])
    return "".join(letters)


def alike(a: str, b: str) -> bool:
    """Say whether two names may sound alike to speaker or hearer."""
    heard, said = sounds(), accents()

    def close(x: str, y: str) -> bool:
        if x == y or y in heard.get(x, "") or y in said.get(x, ""):
            return True
        near = heard.get(x, "") + said.get(x, "")
        return any(y in heard.get(z, "") + said.get(z, "") for z in near)

    return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b, strict=True))


def chinese(number: int, rng: random.Random, spelled: bool = False) -> str:
    """Write a number in Chinese; `spelled` figure by figure."""
    if spelled or number >= 1000:
        zero, one = rng.choice("零〇"), rng.choice("一一幺") if spelled else "一"
        return "".join(zero if d == "0" else one if d == "1" else DIGITS[int(d)] for d in str(number))
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = DIGITS[hundreds] + "百" if hundreds else ""
    if hundreds and rest and not tens:
        text += "零"
    if tens:
        text += ("" if tens == 1 and not hundreds else DIGITS[tens]) + "十"
    return text + (DIGITS[ones] if ones or not number else "")


def other_figures(text: str, rng: random.Random, spelled: bool = False) -> str:
    """Write the numbers of a part with spaces, in full width or in Chinese, each by its own draw."""

    def written(match: re.Match[str]) -> str:
        number, draw = match[0], rng.random()
        if draw < 0.3:
            return " " * rng.randint(0, 1) + " ".join(number)
        if draw < 0.55:
            return "".join(chr(ord(c) + 0xFEE0) for c in number)
        if draw < 0.9 and number[0] != "0":
            return chinese(int(number), rng, spelled)
        return number

    return re.sub("[0-9]+", written, text)


@cache
def _traditional() -> dict[int, str]:
    return {ord(a): b for a, b in words.TRADITIONAL}


def traditional(text: str) -> str:
    """Write a text in traditional characters."""
    return text.translate(_traditional())


def wrong_end(name: str, stem: str, rng: random.Random) -> str:
    """Return a road's name with another of 路, 街, 大道, 大街."""
    return stem + rng.choice([e for e in ("路", "街", "大道", "大街") if stem + e != name])


def tail(row: Row, rng: random.Random) -> str:
    """Write building, unit and room of a row as people do."""
    b, u, r = row.bld, row.unit, row.room
    if row.lane:
        return rng.choice((f"{row.house}号{r}室", f"{row.house}号{r}", f"{row.house}-{r}", f"{row.house}号{r}房"))
    b = b.lower() if b.isalpha() and len(b) == 1 and rng.random() < 0.3 else b
    if not r:
        return b + rng.choice(("号楼", "栋", "幢", "#", "#楼", "座" if b.isalpha() else "号楼", "楼"))
    if not r.isdigit():
        shop = rng.choice((r, r.replace("1层", "一楼"), r.replace("1层", "底层"), r.replace("1层", "1F")))
        return b + rng.choice(("号楼", "栋", "幢")) + (shop if r.startswith("1层") else r)
    floor, door = r[:-2], r[-2:]
    rooms = [f"{r}", f"{r}室", f"{r}房", f"{r}号", f"{floor}层{door}室", f"{floor}楼{door}"]
    if not u:
        return rng.choice((f"{b}-{r}", *(b + k + m for k in ("栋", "号楼", "幢") for m in rooms[:4])))
    if u.isdigit():
        unit = rng.choice((f"{u}单元", f"{u}门", f"{chinese(int(u), rng)}单元", f"{u} 单元"))
    else:
        unit = rng.choice((f"{u}单元", f"{u}门", f"{u}单元门"))
    joined = (f"{b}-{u}-{r}", f"{b}#{u}-{r}", f"{b}/{u}/{r}", f"{b}栋-{u}-{r}")
    return rng.choice((*joined, *(b + k + unit + rng.choice(rooms) for k in ("栋", "号楼", "#楼", "幢", "#"))))


__all__ = [
    "accents", "alike", "chinese", "misheard", "other_figures", "sounds", "tail", "traditional", "wrong_end",
]  # fmt: skip
