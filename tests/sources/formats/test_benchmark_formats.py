"""The benchmark of the formats: every format holds the same persons, and every step sees all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks import formats

ROWS = 400


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    written = formats.write(tmp_path_factory.mktemp("bench"), ROWS)
    return dict(zip(formats.FILES, filter(None, written), strict=True))


@pytest.mark.parametrize("kind", formats.FILES)
def test_the_parse_and_the_whole_way_see_every_row(kind: str, files: dict[str, Path]) -> None:
    assert formats._parse(kind, files[kind])() == ROWS
    assert formats._split(kind, files[kind])() == ROWS  # also says that the wrong ones are held


def test_a_row_too_few_is_no_measure(capsys: pytest.CaptureFixture[str]) -> None:
    taken = {"rows": 9, "seconds": 1.0, "cpu": 1.0, "peak": 1.0}
    with pytest.raises(SystemExit, match="gave 9 rows of 10"):
        formats._tell(10, "JSON", "the parse alone", taken, "")
    assert not capsys.readouterr().out
