"""KoboToolbox against a server that speaks its API v2: submissions with edits, deletions, validation, repeat groups."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from connector_places import TOKEN, Answer, Api, source

from equity.sources.connectors import ConnectorError, Endpoint, KeptInMemory, origin
from equity.sources.connectors.kobo import Kobo

UID = "aKn8xQwZ3bTest"


def submission(number: int, day: int, **more: Any) -> dict[str, Any]:
    return {
        "_id": number, "a": f"บ้าน {number}", "_submission_time": f"2026-03-{day:02}T10:00:00",
        "_validation_status": {}, "visits": [{"visits/day": "2026-03-01"}, {"visits/day": "2026-03-02"}], **more,
    }  # fmt: skip


class Forms:
    """The data endpoint of one form, with the queries of MongoDB that Kobo understands."""

    def __init__(self, api: Api, count: int = 5, cap: int = 1000) -> None:
        self.submissions = [submission(n, 1 + n) for n in range(1, count + 1)]
        self.cap = cap
        api.knows = f"Token {TOKEN}"
        api.answer = self.answer

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        if path != f"/api/v2/assets/{UID}/data.json":
            return 404, {}, b'{"detail": "Not found."}'
        assert json.loads(query["sort"]) == {"_id": 1} and query["format"] == "json"
        wanted = json.loads(query.get("query", "{}"))
        found = sorted((s for s in self.submissions if self._meets(s, wanted)), key=lambda s: s["_id"])
        start, limit = int(query["start"]), min(int(query["limit"]), self.cap)
        more = start + limit < len(found)
        page = {
            "count": len(found), "next": f"http://inner.example{path}?start={start + limit}" if more else None,
            "previous": None, "results": found[start : start + limit],
        }  # fmt: skip
        return 200, {"Content-Type": "application/json"}, json.dumps(page, ensure_ascii=False).encode()

    @staticmethod
    def _meets(one: dict[str, Any], wanted: dict[str, Any]) -> bool:
        for name, rule in wanted.items():
            value: Any = one
            for step in name.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            if "$gte" in rule and not (value or "") >= rule["$gte"]:
                return False
            if "$in" in rule and value not in rule["$in"]:
                return False
        return True


def kobo(api: Api, kept: KeptInMemory | None = None, password: str = TOKEN, uid: str = UID, **said: Any) -> Kobo:
    end = Endpoint("kobo_lampang", "127.0.0.1", api.port, "http", password=password)
    made = origin(source({"by": "kobo", **said}, uid), end, kept)
    assert isinstance(made, Kobo)
    return made


def ids(data: bytes) -> list[int]:
    return [item["_id"] for line in data.splitlines() for item in json.loads(line)["results"]]


def test_all_submissions_come_whole_in_pages(api: Api) -> None:
    forms = Forms(api, count=7, cap=3)
    (offer,) = kobo(api).offers({})
    data, reached = offer.get()
    assert (offer.name, ids(data), reached) == (UID, [1, 2, 3, 4, 5, 6, 7], None)
    assert [query["start"] for _, query in api.asked] == ["0", "3", "6"]
    first = json.loads(data.splitlines()[0])["results"][0]
    assert first == forms.submissions[0], "repeat groups, status and names are as Kobo gives them"


def test_edits_deletions_and_validation_are_in_the_next_pull_of_everything(api: Api) -> None:
    forms = Forms(api)
    (offer,) = kobo(api).offers({})
    offer.get()
    forms.submissions[0] |= {"a": "แก้แล้ว", "_edited": True}  # its _submission_time stays
    forms.submissions[1]["_validation_status"] = {"uid": "validation_status_approved", "label": "Approved"}
    del forms.submissions[4]
    (offer,) = kobo(api).offers({})
    found = [item for line in offer.get()[0].splitlines() for item in json.loads(line)["results"]]
    assert [item["_id"] for item in found] == [1, 2, 3, 4]
    assert found[0]["a"] == "แก้แล้ว" and found[1]["_validation_status"]["uid"] == "validation_status_approved"


def test_new_submissions_come_with_those_of_the_last_days_once_more(api: Api) -> None:
    forms = Forms(api, count=9)
    (offer,) = kobo(api, submissions="new", again="3d").offers({})
    data, reached = offer.get()
    assert len(ids(data)) == 9 and reached == datetime(2026, 3, 10, 10, tzinfo=UTC), "Kobo's times are UTC"
    assert "query" not in api.asked[0][1]
    forms.submissions[6]["a"] = "แก้แล้ว"
    (offer,) = kobo(api, submissions="new", again="3d").offers({UID: reached})
    assert ids(offer.get()[0]) == [6, 7, 8, 9]
    assert json.loads(api.asked[-1][1]["query"]) == {"_submission_time": {"$gte": "2026-03-07T10:00:00"}}


def test_only_what_the_partner_has_approved(api: Api) -> None:
    forms = Forms(api)
    for number, status in ((0, "approved"), (1, "not_approved"), (2, "on_hold"), (3, "approved")):
        forms.submissions[number]["_validation_status"] = {"uid": f"validation_status_{status}"}
    (offer,) = kobo(api, validation=["approved"]).offers({})
    assert ids(offer.get()[0]) == [1, 4]


def test_a_pull_goes_on_after_it_broke_off(api: Api) -> None:
    forms, kept = Forms(api, count=6), KeptInMemory()
    api.answer = lambda path, query: (503, {}, b"") if query["start"] == "4" else forms.answer(path, query)
    (offer,) = kobo(api, kept, size=2).offers({})
    with pytest.raises(ConnectorError, match="503"):
        offer.get()
    api.answer = forms.answer
    api.asked.clear()
    assert ids(offer.get()[0]) == [1, 2, 3, 4, 5, 6]
    assert [query["start"] for _, query in api.asked] == ["2", "4"]


def test_a_form_without_submissions_is_no_delivery(api: Api) -> None:
    Forms(api, count=0)
    (offer,) = kobo(api).offers({})
    assert offer.get() == (b"", None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"uid": "aNothing"}, r"GET /api/v2/assets/aNothing/data\.json: 404; there is nothing"),
        ({"password": "wr0ng"}, r"GET \S+: 401; login, password or token is refused"),
        ({"password": ""}, "no password; it is the account's API token"),
        ({"password": "ก"}, "the token has letters that no token has"),
    ],
)
def test_what_is_wrong_is_said(api: Api, changes: dict[str, str], words: str) -> None:
    Forms(api)
    (offer,) = kobo(api, **changes).offers({})
    with pytest.raises(ConnectorError, match=f"connection kobo_lampang: {words}") as error:
        offer.get()
    assert "wr0ng" not in str(error.value)
