"""The ten garments of the stand-in, as shapes: signed distances in units where the picture goes from -1 to 1.

Every garment is a function (pick, u, v) -> (distance, tone). pick(low, high): float32 (n, 1, 1), one number a picture;
u, v: float32 (n, 28, 28), rightwards and downwards; distance: (n, 28, 28), positive inside; tone: brightness, 0 to 2.
"""

from typing import Any

import numpy as np

_SHARP = np.float32(13)  # pixels per unit of length: an edge is one pixel wide


def soft(distance: np.ndarray) -> np.ndarray:
    """Share of a pixel that is inside, from a signed distance."""
    return np.clip(distance * _SHARP + np.float32(0.5), 0, 1)


def stripe(distance: np.ndarray, half_width: np.ndarray) -> np.ndarray:
    """Share of a pixel that lies within `half_width` of the line from which `distance` is measured."""
    return soft(half_width - np.abs(distance))


def wave(x: np.ndarray) -> np.ndarray:
    """Triangle wave of period 1 between -1 and 1."""
    return 4 * np.abs(x - np.floor(x + np.float32(0.5))) - 1


def bend(v: np.ndarray, start: np.ndarray, *knots: Any) -> np.ndarray:
    """Broken line: the value `start` at v = -1, and from each knot (v0, slope) on another slope."""
    value, before = start, 0
    for v0, slope in knots:
        value = value + np.maximum(v - v0, 0) * (slope - before)
        before = slope
    return value


def capsule(
    u: np.ndarray, v: np.ndarray, u0: np.ndarray, v0: np.ndarray, u1: np.ndarray, v1: np.ndarray, r0: np.ndarray, r1: np.ndarray
) -> np.ndarray:
    """Signed distance to a stick from (u0, v0) to (u1, v1) whose radius goes from r0 to r1."""
    du, dv = u1 - u0, v1 - v0
    t = np.clip(((u - u0) * du + (v - v0) * dv) / (du * du + dv * dv), 0, 1)
    a, b = u - u0 - t * du, v - v0 - t * dv
    return r0 + t * (r1 - r0) - np.sqrt(a * a + b * b)


def ring(u: np.ndarray, v: np.ndarray, v0: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """About the distance to the ellipse with half axes a and b around (0, v0), negative inside."""
    return (u * u / (a * a) + (v - v0) * (v - v0) / (b * b) - 1) * np.minimum(a, b) / 2


def _torso(pick, u, v, *, bottom, flare, neck=(0.12, 0.26), shoulder=(0.38, 0.52)):
    """A body with sloping shoulders and a neckline; returns it, its half width, its bottom and its neck's."""
    top, end, width = pick(-0.85, -0.7), pick(*bottom), pick(*shoulder)
    waist = width + pick(-0.1, 0.06)
    half = bend(
        v,
        width * np.float32(0.45),
        (top, 2.6),
        (top + width * np.float32(0.21), (waist - width)),
        (pick(-0.15, 0.1), pick(*flare)),
    )
    a = np.abs(u)
    body = np.minimum(half - a, np.minimum(v - top, end - v))
    depth = pick(*neck)
    return np.minimum(body, ring(u, v, top, pick(0.14, 0.26), depth)), width, end, top + depth


def _sleeves(pick, u, v, width, long):
    """Two sleeves on the shoulders, short or down to the cuffs, more or less spread."""
    spread = np.where(long, pick(0.08, 0.42), pick(0.18, 0.42))
    reach = np.where(long, pick(0.25, 0.75), pick(-0.4, -0.15))
    r0 = pick(0.13, 0.18)
    return capsule(np.abs(u), v, width - r0, pick(-0.58, -0.5), width + spread, reach, r0, r0 * pick(0.55, 0.95))


def _tshirt(pick, u, v):
    body, width, _, _ = _torso(pick, u, v, bottom=(0.5, 0.9), flare=(-0.08, 0.12))
    sleeves = _sleeves(pick, u, v, width, np.False_)
    return np.where(pick(0, 1) < 0.85, np.maximum(body, sleeves), body), np.float32(1)


def _trouser(pick, u, v):
    top, end, crotch, hip = pick(-0.95, -0.85), pick(0.4, 0.98), pick(-0.45, -0.15), pick(0.26, 0.38)
    a = np.abs(u)
    half = bend(v, hip * np.float32(0.8), (top, 0.5), (top + np.float32(0.25), pick(-0.08, 0.22)))
    gap = bend(v, np.float32(-0.03), (crotch, pick(0.1, 0.3)))
    legs = np.minimum(np.minimum(half - a, a - gap), np.minimum(v - top, end - v))
    seat = np.minimum(np.minimum(half - a, crotch - v), v - top)
    belt = stripe(v - top - np.float32(0.06), np.float32(0.06))
    return np.maximum(legs, seat), 1 - belt * pick(0, 0.5)


def _pullover(pick, u, v):
    body, width, end, neck = _torso(pick, u, v, bottom=(0.5, 0.9), flare=(-0.08, 0.12), neck=(0.04, 0.16))
    rib = stripe(v - end + np.float32(0.06), np.float32(0.07)) * (np.float32(0.6) + np.float32(0.4) * wave(u * 7))
    collar = stripe(ring(u, v, neck - np.float32(0.1), np.float32(0.24), np.float32(0.2)), np.float32(0.05))
    tone = 1 - np.maximum(rib, collar) * pick(0.2, 0.6)
    return np.maximum(body, _sleeves(pick, u, v, width, np.True_)), tone


def _dress(pick, u, v):
    body, width, _, _ = _torso(pick, u, v, bottom=(0.75, 1.0), flare=(0.0, 0.5), shoulder=(0.22, 0.36))
    kind = pick(0, 1)
    sleeves = _sleeves(pick, u, v, width, kind < 0.3)
    waist = stripe(v - pick(-0.2, 0.0), np.float32(0.05)) * np.maximum(pick(-0.5, 0.6), 0)
    return np.where(kind < 0.6, np.maximum(body, sleeves), body), 1 - waist


def _coat(pick, u, v):
    body, width, end, neck = _torso(pick, u, v, bottom=(0.6, 0.98), flare=(-0.05, 0.2))
    whole = np.maximum(body, _sleeves(pick, u, v, width, np.True_))
    opening = stripe(u, pick(0.03, 0.07)) * soft(v - neck)
    lapel = stripe(np.abs(u) - (neck + np.float32(0.5) - v) * np.float32(0.4), np.float32(0.04)) * soft(
        neck + np.float32(0.45) - v
    )
    pocket = stripe(v - pick(0.2, 0.4), np.float32(0.04)) * stripe(np.abs(u) - width * np.float32(0.6), np.float32(0.1))
    return whole, 1 - np.maximum(opening * pick(0.6, 1.0), np.maximum(lapel, pocket) * pick(0.2, 0.7))


def _shirt(pick, u, v):
    body, width, end, neck = _torso(pick, u, v, bottom=(0.5, 0.9), flare=(-0.08, 0.12), neck=(0.06, 0.2))
    whole = np.maximum(body, _sleeves(pick, u, v, width, pick(0, 1) < 0.65))
    buttons = stripe(u, np.float32(0.045)) * soft(wave(v * pick(3.0, 4.0) + pick(0, 1)) * np.float32(0.1)) * soft(v - neck)
    collar = capsule(
        np.abs(u),
        v,
        np.float32(0.07),
        neck,
        np.float32(0.22),
        neck - np.float32(0.16),
        np.float32(0.06),
        np.float32(0.05),
    )
    bright = soft(collar) * pick(0.15, 0.5)
    return np.maximum(whole, collar), (1 - buttons * pick(0.4, 0.9)) * (
        1 - soft(-collar - np.float32(0.02)) * np.float32(0.15)
    ) + bright


def _shoe(u, v, sole, heights):
    """Side view with the toe at u = -0.9: between the sole and a broken line above it, given from toe to heel."""
    height = bend(u, heights[0], *heights[1:])
    return np.minimum(np.minimum(sole - v, v - (sole - height)), np.minimum(u + np.float32(0.92), np.float32(0.92) - u))


def _sneaker(pick, u, v):
    sole, low, instep = pick(0.3, 0.5), pick(0.18, 0.3), pick(-0.3, -0.05)
    upper = _shoe(
        u,
        v,
        sole,
        (
            low,
            (np.float32(-0.9), pick(0.1, 0.3)),
            (instep - np.float32(0.2), pick(0.5, 0.9)),
            (instep + np.float32(0.35), pick(-0.3, 0.15)),
        ),
    )
    rubber = stripe(v - sole + np.float32(0.06), np.float32(0.08)) * pick(-0.7, 0.9)
    laces = soft(wave((u + v) * 5) * np.float32(0.1)) * stripe(u - instep, np.float32(0.22)) * pick(0.0, 0.6)
    return upper, (1 - laces) * (1 + rubber)


def _sandal(pick, u, v):
    sole, instep, thick = pick(0.35, 0.6), pick(-0.1, 0.3), pick(0.04, 0.09)
    rise = bend(u, np.float32(0), (pick(-0.4, 0.0), pick(0.0, 0.5)))
    height = bend(
        u,
        pick(0.12, 0.25),
        (np.float32(-0.8), pick(0.1, 0.3)),
        (instep - np.float32(0.3), pick(0.3, 0.8)),
        (instep + np.float32(0.2), pick(-0.3, 0.1)),
    )
    above = sole - rise - v
    foot = np.minimum(np.minimum(above, height - above), np.minimum(u + np.float32(0.85), np.float32(0.88) - u))
    straps = (wave((u + above * pick(-0.5, 0.9)) * pick(1.1, 2.2) + pick(0, 1)) - pick(0.0, 0.45)) * np.float32(0.12)
    rim = thick - np.abs(above - height + thick)
    upper = np.minimum(foot, np.where(pick(0, 1) < 0.6, np.maximum(straps, rim), straps))
    base = np.minimum(thick - np.abs(above), np.float32(0.92) - np.abs(u))
    stump = np.minimum(np.minimum(u - pick(0.55, 0.75), np.float32(0.9) - u), np.minimum(sole - v, -above))
    return np.maximum(np.maximum(base, stump), upper), np.float32(1)


def _boot(pick, u, v):
    sole, low, ankle = pick(0.55, 0.75), pick(0.25, 0.38), pick(-0.2, 0.1)
    shaft = pick(0.75, 1.35)
    foot = _shoe(u, v, sole, (low * np.float32(0.6), (np.float32(-0.9), np.float32(0.9)), (np.float32(-0.75), pick(0.1, 0.35))))
    leg = np.minimum(
        np.minimum(u - ankle + (v - sole + np.float32(0.6)) * pick(-0.1, 0.25), np.float32(0.9) - u),
        np.minimum(v - sole + shaft, sole - v),
    )
    whole = np.maximum(np.minimum(foot, np.float32(0.9) - u), leg)
    arch = np.minimum(np.minimum(u + np.float32(0.25), np.float32(0.3) - u), v - sole + pick(0.0, 0.16))
    seam = (
        stripe(u - ankle - np.float32(0.25), np.float32(0.05)) * soft(sole - np.float32(0.4) - v) * np.maximum(pick(-0.6, 0.6), 0)
    )
    return np.minimum(whole, -arch), 1 - seam


def _bag(pick, u, v):
    top, end, width = pick(-0.4, 0.0), pick(0.55, 0.85), pick(0.5, 0.9)
    a = np.abs(u)
    half = bend(v, width, (top, pick(-0.15, 0.2)))
    body = np.minimum(np.minimum(half - a, v - top), end - v)
    loop = pick(0.03, 0.08) - np.abs(ring(u, v, top, width * pick(0.4, 0.85), pick(0.3, 0.6)))
    handle = np.where(pick(0, 1) < 0.8, np.minimum(loop, top - v + np.float32(0.05)), np.float32(-1))
    flap = stripe(v - top - pick(0.15, 0.4), np.float32(0.035)) * np.maximum(pick(-0.3, 0.7), 0)
    return np.maximum(body, handle), 1 - flap


GARMENTS = (_tshirt, _trouser, _pullover, _dress, _coat, _sandal, _shirt, _sneaker, _bag, _boot)
