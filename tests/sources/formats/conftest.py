"""The helpers of the readers' tests are at hand here too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "readers"))
sys.path.append(str(Path(__file__).parents[3]))  # and the benchmarks
