"""The calls of Airflow's API: lists are read to their end, pools that cannot be made are said."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from equity.runtime.services import Api, ServiceError


def api(answer: Callable[[httpx.Request], httpx.Response]) -> Api:
    made = Api.__new__(Api)
    made._client = httpx.Client(base_url="http://airflow", transport=httpx.MockTransport(answer))
    return made


def test_a_list_is_read_to_its_end() -> None:
    """Airflow gives a hundred at most, and there may be more sources."""
    everything = [{"dag_id": f"ingest__{i}"} for i in range(250)]

    def answer(request: httpx.Request) -> httpx.Response:
        begin, count = int(request.url.params["offset"]), int(request.url.params["limit"])
        assert count <= 100
        return httpx.Response(200, json={"dags": everything[begin : begin + count]})

    assert api(answer).dag_ids() == [dag["dag_id"] for dag in everything]


def test_pools_are_made_or_changed_in_one_call() -> None:
    seen: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={"create": {"success": ["source__x"], "errors": []}})

    api(answer).set_pools({"source__x": {"slots": 1, "description": "as x.yml says", "include_deferred": False}})
    entity = {"name": "source__x", "slots": 1, "description": "as x.yml says", "include_deferred": False}
    assert seen == [{"actions": [{"action": "create", "entities": [entity], "action_on_existence": "overwrite"}]}]


def test_pools_that_cannot_be_made_are_said() -> None:
    """A task whose pool is not there would wait for ever."""
    told = api(lambda request: httpx.Response(200, json={"create": {"success": [], "errors": [{"error": "no room"}]}}))
    with pytest.raises(ServiceError, match="no room"):
        told.set_pools({"source__x": {"slots": 1, "description": "", "include_deferred": False}})
