"""The corpus, made into sources once for the whole room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from onboarding_samples import truth

from equity.delivery.trial import Trial
from equity.onboarding.new import NewSource, Sample


@dataclass(frozen=True)
class Made:
    """A source of the corpus after `equity source new`."""

    new: NewSource
    written: list[Path]
    trials: dict[str, Trial]

    @property
    def fixture(self) -> Path:
        """The folder of its fixture."""
        return self.written[-1].parent


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """All sources of the corpus: recognised, written, tried."""
    specs = tmp_path_factory.mktemp("specs")
    made = {}
    for source, true in truth().items():
        samples = [Sample(name, data, None) for name, data in true.samples().items()]
        new = NewSource(source, true.said["partner"], source, true.said["family"], None, samples, specs)
        new.recognise()
        written = new.write()
        made[source] = Made(new, written, {trial.delivery.name: trial for trial in new.trials()})
    return made
