"""Measure which characters look alike: gridgeo/locate/address/data/shapes.npz.

    pip install numpy pillow scipy    (in an environment of its own)
    python bench/make_shapes.py

Every character of GB 2312 is drawn in two of Debian's fonts-noto-cjk (sans and serif), centred, and described by where
its strokes run in which of four directions. Two characters are alike if their left and right parts are, or their upper
and lower ones; one part that is the same, moved a little, counts much (清请), the left or upper one least, where the
radical stands that hundreds share. Prints how far pairs that people confuse (``characters/confused.txt``, from which
the weights are chosen, and ``confused_held.txt``, from which nothing is) lie above random pairs.
"""

from pathlib import Path

import numpy as np
from make_characters import DATA, in_gb2312, make_sums
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

FONTS = Path("/usr/share/fonts/opentype/noto")
FACES = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc")
LISTS = Path(__file__).parent / "characters"

SIZE, EDGE = 48, 4
"""Pixels of a character and of the margin around it."""

DIRECTIONS, STEP = 4, 3
"""Directions of strokes, and every how many pixels they are looked at."""

PARTS = {"left": (4, 26, 4, 52), "right": (24, 52, 4, 52), "top": (4, 52, 4, 28), "bottom": (4, 52, 26, 52)}
"""Part → first and last pixel across and down. A right part is wider than a left one: 氵 is narrower than 青."""

MOVES = (0, -2, 2, -4, 4)
"""Pixels by which a part may lie aside (左右) or higher and lower (上下)."""

WEIGHT = {"left": 0.9, "right": 1.0, "top": 0.93, "bottom": 1.0}
"""How much one part counts alone. Chosen: raises the area under the curve against pairs of one radical .71 → .86."""

KEPT = 16
"""Neighbours kept for a character: 12 of its own, then those that count it among their 12."""

NEAREST = 12

Floats = NDArray[np.float32]


def glyphs(chars: list[str], face: str) -> Floats:
    """Return pictures of characters, (n, 56, 56), their ink centred."""
    font = next(
        font
        for font in (ImageFont.truetype(str(FONTS / face), SIZE, index=index) for index in range(10))
        if font.getname()[0].endswith("CJK SC")
    )
    side = SIZE + 2 * EDGE
    pictures = np.zeros((len(chars), side, side), np.float32)
    for at, char in enumerate(chars):
        picture = Image.new("L", (side, side))
        pen = ImageDraw.Draw(picture)
        left, top, right, bottom = pen.textbbox((0, 0), char, font=font)
        pen.text(((side - right + left) / 2 - left, (side - bottom + top) / 2 - top), char, font=font, fill=255)
        pictures[at] = np.asarray(picture, np.float32) / 255
    return pictures


def strokes(pictures: Floats) -> Floats:
    """Return how much runs in each direction around each pixel, (n, 4, 56, 56)."""
    soft = gaussian_filter(pictures, (0, 1, 1))
    down, across = np.gradient(soft, axis=1), np.gradient(soft, axis=2)
    strength, angle = np.hypot(down, across), (np.arctan2(down, across) % np.pi) / np.pi * DIRECTIONS
    maps = []
    for direction in range(DIRECTIONS):
        turned = np.minimum(np.abs(angle - direction), DIRECTIONS - np.abs(angle - direction))
        maps.append(gaussian_filter(np.clip(1 - turned, 0, 1) * strength, (0, 2, 2)))
    return np.sqrt(np.stack(maps, axis=1))


def window(maps: Floats, part: str, move: int) -> Floats:
    """Return one part of every character as unit vectors."""
    left, right, top, bottom = PARTS[part]
    aside = part in {"left", "right"}
    last = maps.shape[-1] - 1
    rows = np.clip(np.arange(top, bottom, STEP) + (0 if aside else move), 0, last)
    columns = np.clip(np.arange(left, right, STEP) + (move if aside else 0), 0, last)
    vectors = maps[:, :, rows][:, :, :, columns].reshape(len(maps), -1)
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-6)


def likeness_of_parts(faces: list[Floats], part: str) -> Floats:
    """Return how alike one part is in every pair, (n, n), at the best of the moves."""
    best = np.full((len(faces[0]), len(faces[0])), -1, np.float32)
    for move in MOVES:
        alike = sum(window(maps, part, 0) @ window(maps, part, move).T for maps in faces) / len(faces)
        np.maximum(best, alike, out=best)
    return np.maximum(best, best.T)


def measure(chars: list[str]) -> Floats:
    """Return how alike every two characters are, (n, n), 1 for the same."""
    faces = [strokes(glyphs(chars, face)) for face in FACES]
    left, right, top, bottom = parts = [likeness_of_parts(faces, part) for part in PARTS]
    both = np.maximum(0.4 * left + 0.6 * right, (top + bottom) / 2)
    one = np.maximum.reduce([alike * WEIGHT[name] for name, alike in zip(PARTS, parts, strict=True)])
    return (both + one) / 2


def pairs_of(name: str, at: dict[str, int]) -> NDArray[np.int64]:
    """Return the pairs of a list, (n, 2)."""
    return np.array([[at[char] for char in pair] for pair in (LISTS / name).read_text(encoding="utf-8").split()])


def report(alike: Floats, pairs: NDArray[np.int64], random: Floats, name: str) -> None:
    """Print the area under the curve, and how many pairs the nearest characters have."""
    values = alike[pairs[:, 0], pairs[:, 1]]
    area = float(np.mean(values[:, None] > random[None, :]))
    ranks = [(alike[a] > alike[a, b]).sum() - 1 for pair in pairs for a, b in (pair, pair[::-1])]
    within = " ".join(f"{np.mean(np.array(ranks) < most):.3f} of {most}" for most in (5, NEAREST, KEPT))
    print(f"{name}: {len(pairs)} pairs, AUC {area:.4f}, among the nearest {within}")


def neighbours(alike: Floats, least: float) -> tuple[NDArray[np.int64], Floats]:
    """Return for every character the numbers of its neighbours, -1 where none, and how alike, (n, 16) each."""
    count = len(alike)
    near = np.argsort(-alike, axis=1, kind="stable")[:, 1 : NEAREST + 1]
    chosen = np.zeros((count, count), bool)
    chosen[np.arange(count)[:, None], near] = True
    chosen = (chosen | chosen.T) & (alike > least)
    value = np.where(chosen, alike, -1)
    order = np.argsort(-value, axis=1, kind="stable")[:, :KEPT]
    value = np.take_along_axis(value, order, axis=1)
    return np.where(value > 0, order, -1), value


def main() -> None:
    """Measure, report, write."""
    ideographs = map(chr, range(0x4E00, 0xA000))
    chars = [char for char in ideographs if in_gb2312(char)]
    at = {char: number for number, char in enumerate(chars)}
    alike = measure(chars)
    np.fill_diagonal(alike, 2)
    dice = np.random.default_rng(1)
    common = [at[char] for char in chars if char.encode("gb2312")[0] < 0xD8]
    one, other = dice.choice(common, (2, 4000))
    random = alike[one, other][one != other]
    least = float(np.quantile(random, 0.99))
    print(f"{len(chars)} characters; 1 of 100 random pairs is above {least:.3f}")
    for name in ("confused.txt", "confused_held.txt"):
        report(alike, pairs_of(name, at), random, name)
    order, value = neighbours(alike, least)
    codes = np.array([ord(char) for char in chars], np.uint16)
    known = order >= 0
    share = np.where(known, np.clip((value - least) / (1 - least), 0, 1), 0)
    np.savez_compressed(
        DATA / "shapes.npz",
        chars=codes,
        neighbours=np.where(known, codes[order], 0).astype(np.uint16),
        likeness=np.where(known, np.maximum(np.rint(share * 255), 1), 0).astype(np.uint8),
    )
    print(f"shapes.npz: {(DATA / 'shapes.npz').stat().st_size:,} bytes, {known.sum() / len(chars):.1f} neighbours each")
    make_sums()


if __name__ == "__main__":
    main()
