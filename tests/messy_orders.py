"""An export of orders as a European shop has it: decimal commas, euro signs, local times, ja and nein, Windows-1252."""

from __future__ import annotations

import random
from pathlib import Path

ROWS = 2_000
ZONE = "Europe/Madrid"
COLUMNS = [
    "Bestell-Nr.", "Kundennummer", "Kunde", "E-Mail", "Bestelldatum", "Gesamtbetrag", "Versand", "Geschenk", "PLZ",
    "Menge", "Notiz",
]  # fmt: skip
# The hour that came twice in Madrid, and the one that never came.
_CLOCKS = ("25/10/2026 02:30", "29/03/2026 02:15")


def write_messy_orders(path: Path, rows: int = ROWS) -> set[int]:
    """Write the file; the indexes of its rows without a customer's id are given back."""
    chosen = random.Random(5)
    without: set[int] = set()
    lines = [";".join(COLUMNS)]
    for index in range(rows):
        customer = f"K-{10_000 + chosen.randrange(900)}"
        if index % 97 == 13:
            customer = ""
            without.add(index)
        moment = (
            f"{chosen.randrange(1, 29):02d}/{chosen.randrange(1, 12):02d}/2026 "
            f"{chosen.randrange(24):02d}:{chosen.randrange(60):02d}"
        )
        if index in (500, 501):
            moment = _CLOCKS[index - 500]
        lines.append(";".join([
            f"{100_200 + index}", customer, chosen.choice(["Müller", "Gärtner", "Peña", "Großmann"]),
            f"user{index}@example.com", moment, _european(chosen.uniform(3, 4000)),
            f"{_european(chosen.uniform(3, 30))} €", chosen.choice(["ja", "nein"]),
            f"{chosen.randrange(1000, 99999):05d}", str(chosen.randrange(1, 9)),
            chosen.choice(["", "schön", "n/a", '"mit; Semikolon"']),
        ]))  # fmt: skip
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode("cp1252"))
    return without


def _european(number: float) -> str:
    """``2.283,92``."""
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
