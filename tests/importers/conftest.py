"""The services of these tests are those of ``tests/service``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "service"))
