"""Submissions of a form over several nights: sent twice, edited, deleted; what the warehouse has in the end."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from delivery_desk import Desk, DeskMaker, Pulls

FORM: dict[str, Any] = {
    "record_type": "enrolment", "sends": "everything", "path": "aForm", "rows": "results",
    "fields": {
        "partner_record_ref": "_id", "partner_person_ref": "person/id", "provider": "school", "kind": {"value": "formal"}, "started_on": "began",
    },
}  # fmt: skip


def submission(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "_id": number, "_uuid": f"u-{number}", "meta/instanceID": f"uuid:u-{number}", "_submission_time": "2026-02-01T03:00:00",
        "_validation_status": {}, "person/id": f"P{number}", "school": "บ้านแลง", "began": "16 พ.ค. 2568",
    } | changes  # fmt: skip


@pytest.fixture
def form(make_desk: DeskMaker) -> Desk:
    desk = make_desk(FORM, by="kobo")
    desk.origin = Pulls()
    return desk


def night(form: Desk, *submissions: dict[str, Any], reached: datetime | None = None) -> tuple[int, int, int, int, int]:
    page = json.dumps({"count": len(submissions), "results": submissions}, ensure_ascii=False).encode()
    form.origin.ready = {"aForm": (page, reached)}
    (delivery_id,) = form.discover()
    return form.five(form.process(delivery_id))


def test_a_submission_that_is_sent_twice_edited_and_deleted(form: Desk) -> None:
    assert night(form, submission(1), submission(2), submission(2), submission(3)) == (4, 3, 0, 1, 0)
    edited = submission(
        2, _uuid="u-9", school="บ้านใหม่", **{"meta/instanceID": "uuid:u-9", "meta/deprecatedID": "uuid:u-2"}
    )
    assert night(form, submission(1), edited, submission(3)) == (3, 1, 2, 0, 0)
    assert night(form, submission(1), edited) == (2, 0, 2, 0, 0)
    versions = [(row["partner_record_ref"], row["provider"], row["is_deleted"]) for row in form.raw("enrolment")]
    assert sorted(versions[:3]) == [("1", "บ้านแลง", False), ("2", "บ้านแลง", False), ("3", "บ้านแลง", False)]
    assert versions[3] == ("2", "บ้านใหม่", False), "the edited submission is a new version of the same record"
    assert versions[4][0] == "3" and versions[4][2], "a submission that is gone is a record that is gone"
