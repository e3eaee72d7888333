"""What goes wrong at a partner's place is told in one sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

from dag_probe import outcome, start

from equity.settings import PROJECT

PROBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import connections, equity.delivery.register, equity.warehouse.connect
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowTaskTimeout
from contextlib import contextmanager
from datetime import date
from equity.settings import SPECS
from equity.sources.spec import read_sources

source = next(iter(read_sources(SPECS).values()))
told, calls = [], []

class Nobody:
    @staticmethod
    def get(conn_id):
        raise AirflowNotFoundException(f"The conn_id `{conn_id}` isn't defined")

@contextmanager
def connect(url):
    yield None

connections.Connection = Nobody
connections.night = lambda: (date(2026, 3, 2), None)
connections.place = lambda: type("Place", (), {"database": ""})()
equity.warehouse.connect.connect = connect
equity.delivery.register.register_source = lambda connection, source: calls.append("known")
equity.delivery.register.note_failure = lambda connection, source, day, words: (calls.append("noted"), told.append(words))

def too_slow():
    raise AirflowTaskTimeout("Timeout")

def of_a_library():
    raise KeyError("0812345678")

for step in (lambda: connections.endpoint("my_school_api"), too_slow, of_a_library):
    try:
        with connections.failures_noted(source):
            step()
    except BaseException as error:
        calls.append(type(error).__name__)
print(json.dumps({"told": told, "calls": calls}))
"""


def test_what_failed_is_noted_in_words(tmp_path: Path) -> None:
    found = outcome(start(tmp_path, PROJECT / "dags", PROBE))
    assert found["told"] == [
        "ConnectorError: connection my_school_api is not there: give AIRFLOW_CONN_MY_SCHOOL_API or add it in Airflow's "
        "UI, as docs/transports.md shows for this transport",
        "took too long and was ended (fetching after 20 min, a delivery after an hour)",
        "KeyError",  # what a library says could hold a value
    ]
    # a source whose place was never reached is made known first: its failure must find it
    assert found["calls"] == [
        "known", "noted", "ConnectorError", "known", "noted", "AirflowTaskTimeout", "known", "noted", "KeyError",
    ]  # fmt: skip
