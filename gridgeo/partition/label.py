"""Faces to labels: one walk over the dual tree tells which features cover which face.

In: faces, and for every edge which ring runs along it in which direction. Out: for every face the features that cover
it. Crossing an edge changes the winding number of exactly the features that run along it, so a walk from the outside
that steps through every face once knows them all, without a single point-in-polygon test. Overlaps, duplicates and
containment need no special case. Part of `gridgeo.partition.arrange`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridgeo.kernels import njit
from gridgeo.partition.faces import Faces

__all__ = ["covers"]


@njit(cache=True)
def _group(keys, count):  # type: ignore[no-untyped-def]
    """Return (start, member): the positions of every key in ascending order."""
    start = np.zeros(count + 2, np.int64)
    for key in keys:
        start[key + 2] += 1
    for k in range(2, len(start)):
        start[k] += start[k - 1]
    member = np.empty(len(keys), np.int64)
    for i in range(len(keys)):
        member[start[keys[i] + 1]] = i
        start[keys[i] + 1] += 1
    return start[:-1], member


@njit(cache=True, inline="always")
def _cross(half, run_start, run_member, owner, direction, winding, active, place, n_active):  # type: ignore[no-untyped-def]
    """Step from the right of a half-edge to its left: adjust windings and the list of covering features."""
    towards = 1 if half & 1 == 0 else -1
    for i in range(run_start[half >> 1], run_start[(half >> 1) + 1]):
        feature = owner[run_member[i]]
        was = winding[feature] > 0
        winding[feature] += towards * direction[run_member[i]]
        now = winding[feature] > 0
        if now and not was:
            active[n_active], place[feature] = feature, n_active
            n_active += 1
        elif was and not now:
            n_active -= 1
            last = active[n_active]
            active[place[feature]], place[last] = last, place[feature]
    return n_active


@njit(cache=True)
def _walk(of_half, faces, half_start, half_member, run_start, run_member, owner, direction, features):  # type: ignore[no-untyped-def]
    """Visit every face once, depth first from the outside; return (face, feature) rows."""
    winding = np.zeros(features, np.int64)
    active, place = np.empty(features, np.int64), np.empty(features, np.int64)
    seen = np.zeros(faces, np.bool_)
    stack, cursor = np.empty(faces, np.int64), half_start[:-1].copy()
    entered = np.empty(faces, np.int64)
    face_out, feature_out = np.empty(1024, np.int64), np.empty(1024, np.int64)
    count, n_active, depth = 0, 0, 1
    stack[0], entered[0], seen[0] = 0, -1, True
    while depth > 0:
        face = stack[depth - 1]
        if cursor[face] == half_start[face + 1]:
            depth -= 1
            if depth > 0:
                n_active = _cross(
                    entered[depth] ^ 1, run_start, run_member, owner, direction, winding, active, place, n_active
                )
            continue
        half = half_member[cursor[face]] ^ 1
        cursor[face] += 1
        other = of_half[half]
        if seen[other]:
            continue
        seen[other] = True
        n_active = _cross(half, run_start, run_member, owner, direction, winding, active, place, n_active)
        stack[depth], entered[depth] = other, half
        depth += 1
        while count + n_active > len(face_out):
            face_out = np.concatenate((face_out, np.empty(len(face_out), np.int64)))
            feature_out = np.concatenate((feature_out, np.empty(len(feature_out), np.int64)))
        for i in range(n_active):
            face_out[count], feature_out[count] = other, active[i]
            count += 1
    return face_out[:count].copy(), feature_out[:count].copy()


def covers(
    faces: Faces,
    segment: NDArray[np.int64],
    owner: NDArray[np.int64],
    direction: NDArray[np.int64],
    features: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tell which features cover which faces.

    Parameters
    ----------
    faces : Faces
    segment, owner, direction : arrays of int64, (r,)
        Runs along edges as in `gridgeo.partition.segments.Segments`, of area features only.
    features : int
        Number of features; owners lie in [0, features).

    Returns
    -------
    face, feature : arrays of int64, (k,)
        One row per face and covering feature, ascending by face, then feature. The outside is never covered.

    Notes
    -----
    O(half-edges + runs). A feature covers a face where its winding number is positive.
    """
    edges = len(faces.of_half) // 2
    half_start, half_member = _group(faces.of_half, faces.faces)
    run_start, run_member = _group(segment, edges)
    face, feature = _walk(
        faces.of_half, faces.faces, half_start, half_member, run_start, run_member, owner, direction, features
    )
    order = np.argsort(face * np.int64(features) + feature)
    return face[order], feature[order]
