"""How many files of the corpus become the right events by the suggestion alone, no hand on it.

Run: python benchmarks/suggestion.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "bulk"))

from file_cases import cases, is_right, suggested

from segment_connector import Connector, ConnectorError

GOAL = "goal: at least 45 of 60"


def main() -> None:
    connector = Connector.load()
    known = cases()
    start = time.perf_counter()
    missed = []
    for case in known:
        try:
            right = is_right(connector, case, suggested(connector, case))
        except ConnectorError:
            right = False
        if not right:
            missed.append(case.name)
    seconds = time.perf_counter() - start
    print(f"right by the suggestion alone: {len(known) - len(missed)} of {len(known)} files, in {seconds:.1f} s")
    print(f"not right: {', '.join(missed) or 'none'}")
    print(GOAL)


if __name__ == "__main__":
    main()
