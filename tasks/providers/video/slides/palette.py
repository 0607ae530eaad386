"""Colors that belong to an interest: the same name always gives the same ones, all readable on white and under it."""

from __future__ import annotations

import colorsys
import hashlib
from dataclasses import dataclass

Color = tuple[int, int, int]

_NEUTRAL_HUE = 0.6
_AFTER_OLIVE, _WITHOUT_OLIVE = 0.26, 0.84
_INK, _MUTED, _PAPER, _WHITE = (33, 37, 48), (102, 108, 122), (250, 250, 252), (255, 255, 255)
_DARK = 0.03928
#: The accent is as light as it may be while white on it is read without effort.
_LIGHTS, _READABLE = tuple(step / 100 for step in range(42, 9, -1)), 5.0


@dataclass(frozen=True)
class Palette:
    """`accent` carries white text, `deep` is its shadow, `tint` its breath; `ink` and `muted` are read on `paper`."""

    accent: Color
    deep: Color
    bright: Color
    tint: Color
    ink: Color = _INK
    muted: Color = _MUTED
    paper: Color = _PAPER
    white: Color = _WHITE
    right: Color = (32, 138, 88)
    wrong: Color = (196, 62, 62)


def palette_of(interest: str | None) -> Palette:
    """Derive the colors from an interest's name; without one they are blue."""
    hue = _hue(interest) if interest else _NEUTRAL_HUE
    light = next(light for light in _LIGHTS if contrast(_WHITE, _color(hue, light, 0.62)) >= _READABLE)
    return Palette(
        accent=_color(hue, light, 0.62),
        deep=_color((hue + 0.05) % 1, light * 0.46, 0.62),
        bright=_color((hue - 0.04) % 1, 0.62, 0.72),
        tint=_color(hue, 0.92, 0.48),
    )


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colors, from 1 to 21, as the Web Content Accessibility Guidelines define it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (_linear(value / 255) for value in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= _DARK else ((part + 0.055) / 1.055) ** 2.4


def _hue(name: str) -> float:
    """Choose a hue by the name, anywhere but among the olives, which look like mud under white letters."""
    share = hashlib.sha256(name.casefold().encode("utf-8", "replace")).digest()[0] / 256
    return (_AFTER_OLIVE + share * _WITHOUT_OLIVE) % 1


def _color(hue: float, light: float, saturation: float) -> Color:
    red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
