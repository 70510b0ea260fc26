"""Make the tables of written forms and readings in gridgeo/locate/address/data.

    pip install pypinyin==0.55.0 opencc-python-reimplemented==0.1.7    (in an environment of its own)
    python bench/make_characters.py forms sounds

Needs perl (Unicode's EquivalentUnifiedIdeograph comes with it); shapes are measured by ``make_shapes.py``. Prints what
it wrote; ``VENDOR.json`` is rewritten with the sums. Nothing of this runs when gridgeo does.
"""

import hashlib
import json
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

DATA = Path(__file__).parents[1] / "gridgeo" / "locate" / "address" / "data"

STAYS = frozenset("乾吒夥彷徵捱摺於榘薹藉覆阪")
"""Traditional to OpenCC, yet in GB 2312, and in simplified names with a sense of their own: 乾县, 於潜镇, 大阪路."""

LISTS = Path(__file__).parent / "characters"
"""What is known of names and stands in no dictionary, each line general knowledge.

``variants.txt``: other writings of characters that names have, seen on signs, in registers, in Japanese input; not 浜,
which in 沙家浜 and 肇嘉浜路 is a creek (bang) and not the Japanese 滨. ``readings.txt``: readings that place names,
surnames and their usual misreadings have, the usual one first.
"""

ENOUGH = 3
"""Phrases of pypinyin that must have a reading before it counts as common. Chosen: drops 圳 quan, 蚌 pi."""

MOST = 3
"""Readings kept for a character."""


def in_gb2312(char: str) -> bool:
    """Return whether the standard of simplified characters has it, ideographs only."""
    try:
        code = char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and code[0] >= 0xB0


def write(name: str, text: str) -> None:
    (DATA / name).write_text(text, encoding="utf-8")
    print(f"{name}: {len(text.encode()):,} bytes")


def make_forms() -> None:
    """Write simplified.txt and radicals.txt: two lines each, from and to, character by character."""
    import opencc  # noqa: PLC0415

    lines = (Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    table = {old: new.split(" ")[0] for old, new in (line.split("\t") for line in lines if line) if old not in STAYS}
    variants = (LISTS / "variants.txt").read_text(encoding="utf-8").split()
    table |= {pair[0]: pair[1] for pair in variants}
    for _ in range(2):  # 関 to 關 to 关
        table = {old: table.get(new, new) for old, new in table.items()}
    table = {old: new for old, new in table.items() if old != new and max(old, new) <= "\uffff"}
    write("simplified.txt", "\n".join(("".join(table), "".join(table.values()), "")))
    forms = dict(sorted((_equivalent_ideographs() | _compatible_ideographs()).items()))
    write("radicals.txt", "\n".join(("".join(forms), "".join(forms.values()), "")))


def _equivalent_ideographs() -> dict[str, str]:
    """Return radicals by Unicode's EquivalentUnifiedIdeograph, without strokes (31C0..), as perl has them."""
    program = (
        "use Unicode::UCD 'prop_invmap'; my ($s, $m) = prop_invmap('EqUIdeo');"
        'for my $i (0 .. $#$s - 1) { print "$_ $m->[$i]\\n" for $m->[$i] ? ($s->[$i] .. $s->[$i + 1] - 1) : () }'
    )
    lines = subprocess.run(["perl", "-e", program], capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = [(int(old), int(new)) for old, new in map(str.split, lines)]
    return {chr(old): chr(new) for old, new in pairs if 0x2E80 <= old < 0x2FE0 and new <= 0xFFFF}


def _compatible_ideographs() -> dict[str, str]:
    """Return the compatibility ideographs that are one unified ideograph."""
    folded = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xF900, 0xFB00)}
    return {old: new for old, new in folded.items() if old != new and len(new) == 1 and new <= "\uffff"}


def toneless(reading: str) -> str:
    """Return a syllable without its tone, ü as v; empty for what is no syllable (ń, ḿ, ê)."""
    letters = unicodedata.normalize("NFD", reading.strip())
    bare = unicodedata.normalize("NFC", "".join(c for c in letters if c not in "\u0300\u0301\u0304\u030c")).replace(
        "ü", "v"
    )
    return bare if bare.isascii() and bare.isalpha() and any(vowel in bare for vowel in "aeiouv") else ""


def make_sounds() -> None:
    """Write readings.txt: a line per syllable with the characters that have it first, second, third."""
    from pypinyin.phrases_dict import phrases_dict  # noqa: PLC0415
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415

    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase, spoken in phrases_dict.items():
        if len(phrase) == len(spoken):
            for char, options in zip(phrase, spoken, strict=True):
                seen[char][toneless(options[0])] += 1
    places = {line[0]: line.split()[1:] for line in (LISTS / "readings.txt").read_text(encoding="utf-8").splitlines()}
    by_syllable: defaultdict[str, list[list[str]]] = defaultdict(lambda: [[] for _ in range(MOST)])
    for code, spoken in sorted(pinyin_dict.items()):
        char = chr(code)
        if code > 0xFFFF or not unicodedata.name(char, "").startswith(("CJK UNIFIED", "IDEOGRAPHIC NUMBER")):
            continue
        listed = [syllable for syllable in map(toneless, spoken.split(",")) if syllable]
        common = [syllable for syllable, times in seen[char].most_common() if syllable in listed and times >= ENOUGH]
        usual = common[:1] or listed[:1]
        kept = list(dict.fromkeys([*places.get(char, usual), *common]))[:MOST]
        for rank, syllable in enumerate(kept):
            by_syllable[syllable][rank].append(char)
    lines = ("\t".join((name, *map("".join, ranks))).rstrip("\t") for name, ranks in sorted(by_syllable.items()))
    write("readings.txt", "\n".join(lines) + "\n")


def make_sums() -> None:
    """Renew the sums of VENDOR.json."""
    path = DATA / "VENDOR.json"
    vendor = json.loads(path.read_text(encoding="utf-8"))
    for entry in vendor.values():
        entry["sha256"] = {name: hashlib.sha256((DATA / name).read_bytes()).hexdigest() for name in entry["sha256"]}
    path.write_text(json.dumps(vendor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


MAKERS = {"forms": make_forms, "sounds": make_sounds}

if __name__ == "__main__":
    for part in sys.argv[1:] or MAKERS:
        MAKERS[part]()
    make_sums()
