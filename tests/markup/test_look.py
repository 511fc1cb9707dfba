"""One palette and one logo: colours stand in one file, and can be read on every ground that they are used on."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from segment_connector.markup.look import COLOURS, logo

ROOT = Path(__file__).parents[2]
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\);", COLOURS.read_text())
}
TEXTS = [
    *product(("ink", "soft", "quiet", "accent", "good", "warn", "bad", "info"), ("ground", "surface", "raised")),
    *product(("ink", "soft", "quiet", "good", "warn", "info"), ("sunken",)),
    *((name, f"{name}-ground") for name in ("accent", "good", "warn", "bad", "info")),
    *product(("ink", "soft"), ("chip", "accent-ground", "good-ground", "warn-ground", "bad-ground", "info-ground")),
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("surface", "bad"),
]  # fmt: skip


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2.2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart(theme: int) -> None:
    faint = {pair: found for pair in TEXTS if (found := contrast(*(PAIRS[name][theme] for name in pair))) < 4.5}
    assert faint == {}
    for ground in ("ground", "surface"):
        assert contrast(PAIRS["line-strong"][theme], PAIRS[ground][theme]) >= 3, "borders of controls"


def test_no_other_style_sheet_has_colours_of_its_own() -> None:
    sheets = [*ROOT.glob("segment_connector/**/*.css"), *ROOT.glob("docs/assets/*.css")]
    assert len(sheets) > 10
    own = {
        path.relative_to(ROOT).as_posix(): found
        for path in sheets
        if path.name != COLOURS.name and (found := re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])", path.read_text()))
    }
    assert own == {"segment_connector/bulk/report/report.css": ["#fff"]}  # paper


def test_the_logo_is_an_image_of_its_own() -> None:
    assert ET.fromstring(logo()).tag == "{http://www.w3.org/2000/svg}svg"
    assert "\n" not in logo()
