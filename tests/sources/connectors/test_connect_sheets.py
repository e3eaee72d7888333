"""Google Sheets at the protocol it speaks: no Google is asked, a server answers what Google documents."""

from __future__ import annotations

import base64
import csv
import io
import json
import traceback
from typing import Any
from urllib.parse import parse_qs

import pytest
from connector_places import Answer, Api, source
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from equity.sources.connectors import ConnectorError, Endpoint, origin
from equity.sources.connectors import sheets as module
from equity.sources.connectors.sheets import Sheets

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def open_to_all(api: Api) -> None:
    api.knows = ""


def sheets(api: Api, access: str, places: dict[str, str], **extra: Any) -> Sheets:
    spec = source({"by": "sheets", "access": access, "sheets": places})
    end = Endpoint("club_sheet", "127.0.0.1", api.port, "http", extra={"spreadsheet": "2PACX-abc", **extra})
    made = origin(spec, end)
    assert isinstance(made, Sheets)
    return made


def keyfile(api: Api, **changes: str) -> dict[str, str]:
    pem = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return {
        "type": "service_account", "client_email": "reader@lampang.example", "private_key": pem, "private_key_id": "1",
        "token_uri": f"http://127.0.0.1:{api.port}/token", **changes,
    }  # fmt: skip


# --- published


def test_published_sheets_are_landed_as_google_writes_them(api: Api) -> None:
    text = 'รหัส,ชื่อ\r\nA-1,"ใจดี, สมชาย"\r\n'.encode()
    api.answer = lambda path, query: (200, {"Content-Type": "text/csv"}, text + query["gid"].encode())
    found = {o.name: o for o in sheets(api, "published", {"ก.csv": "0", "ข.csv": "77"}).offers({})}
    assert {name: offer.get()[0] for name, offer in found.items()} == {"ก.csv": text + b"0", "ข.csv": text + b"77"}
    assert api.asked[0] == (
        "/spreadsheets/d/e/2PACX-abc/pub", {"gid": "0", "single": "true", "output": "csv"}
    )  # fmt: skip
    again = {o.name: o.stamp for o in sheets(api, "published", {"ก.csv": "0", "ข.csv": "77"}).offers({})}
    assert again == {name: offer.stamp for name, offer in found.items()}
    text += b"A-2,x\r\n"
    changed = {o.name: o.stamp for o in sheets(api, "published", {"ก.csv": "0"}).offers({})}
    assert changed["ก.csv"] != again["ก.csv"]


def test_google_sends_readers_on_to_its_own_host_and_nowhere_else(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Api()
    other.knows = ""
    other.answer = lambda path, query: (200, {"Content-Type": "text/csv"}, b"a")
    try:
        api.answer = lambda path, query: (307, {"Location": f"http://127.0.0.1:{other.port}/x"}, b"")
        with pytest.raises(ConnectorError, match="connection club_sheet: .*is redirected to"):
            list(sheets(api, "published", {"a.csv": "0"}).offers({}))
        monkeypatch.setattr(module, "CONTENT_HOSTS", ("127.0.0.1",))
        (offer,) = sheets(api, "published", {"a.csv": "0"}).offers({})
        assert offer.get()[0] == b"a"
    finally:
        other.stop()


def test_a_page_to_log_in_is_no_sheet(api: Api) -> None:
    api.answer = lambda path, query: (200, {"Content-Type": "text/html"}, b"<html>Sign in</html>")
    with pytest.raises(ConnectorError, match="connection club_sheet: sheet 0 is not published as CSV"):
        list(sheets(api, "published", {"a.csv": "0"}).offers({}))


# --- the API


class Google:
    """The token endpoint (RFC 7523) and the values endpoint."""

    def __init__(self, api: Api) -> None:
        self.values: Any = []
        self.claims: dict[str, Any] = {}
        self.api = api
        api.post, api.answer = self.token, self.sheet

    def token(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        form = parse_qs(body.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        head, claims, signature = form["assertion"][0].split(".")
        KEY.public_key().verify(_bytes(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
        self.claims = json.loads(_bytes(claims))
        if self.claims["iss"] != "reader@lampang.example":
            return 400, {}, b'{"error": "invalid_grant", "error_description": "Invalid JWT"}'
        self.api.knows = "Bearer ya29.token"
        return 200, {"Content-Type": "application/json"}, b'{"access_token": "ya29.token", "expires_in": 3599}'

    def sheet(self, path: str, query: dict[str, str]) -> Answer:
        assert query["valueRenderOption"] == "FORMATTED_VALUE"
        found = {"range": "x", "majorDimension": "ROWS"} | ({"values": self.values} if self.values else {})
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_values_are_landed_as_csv_as_people_see_them(api: Api) -> None:
    google = Google(api)
    google.values = [["ทะเบียน"], ["รหัส", "ชื่อ", "เงิน"], ["A-1", 'สมชาย "ก", x', "1,234.50"], [], ["A-2", "", "-"]]
    place = {"ทะเบียน.csv": "ทะเบียน 2569!A1:C"}
    (offer,) = sheets(api, "api", place, keyfile_dict=json.dumps(keyfile(api))).offers({})
    data, watermark = offer.get()
    assert list(csv.reader(io.StringIO(data.decode()))) == [
        ["ทะเบียน", "", ""], ["รหัส", "ชื่อ", "เงิน"], ["A-1", 'สมชาย "ก", x', "1,234.50"], ["", "", ""], ["A-2", "", "-"],
    ]  # fmt: skip
    assert (offer.name, watermark) == ("ทะเบียน.csv", None)
    assert google.claims["scope"] == "https://www.googleapis.com/auth/spreadsheets.readonly"
    (again,) = sheets(api, "api", place, keyfile_dict=keyfile(api)).offers({})
    assert again.stamp == offer.stamp


def test_an_empty_sheet_is_an_empty_file(api: Api) -> None:
    Google(api)
    (offer,) = sheets(api, "api", {"a.csv": "ก!A:Z"}, keyfile_dict=keyfile(api)).offers({})
    assert offer.get()[0] == b""


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (None, "keyfile_dict in its extra is no key file"),
        ("{", "keyfile_dict in its extra is no key file"),
        ({"private_key": "-----BEGIN"}, "keyfile_dict in its extra is no key file"),
        ({"client_email": "stranger@x.example"}, "no token of Google: RefreshError"),
        ({"token_uri": "http://127.0.0.1:9/token"}, "no token of Google: TransportError"),
    ],
)
def test_a_service_account_that_is_not_let_in(api: Api, keys: Any, words: str) -> None:
    Google(api)
    given = keyfile(api, **keys) if isinstance(keys, dict) else keys
    with pytest.raises(ConnectorError, match=f"connection club_sheet: {words}") as error:
        list(sheets(api, "api", {"a.csv": "ก!A:Z"}, keyfile_dict=given).offers({}))
    assert "PRIVATE KEY" not in "".join(traceback.format_exception(error.value))


def test_a_sheet_that_is_not_shared_is_said(api: Api) -> None:
    google = Google(api)
    api.answer = lambda path, query: (403, {}, b'{"error": {"code": 403}}')
    with pytest.raises(ConnectorError, match="connection club_sheet: GET .*: 403; the account may not read this"):
        list(sheets(api, "api", {"a.csv": "ก!A:Z"}, keyfile_dict=keyfile(api)).offers({}))
    assert google.claims
    with pytest.raises(ConnectorError, match="no spreadsheet in its extra"):
        list(sheets(api, "published", {"a.csv": "0"}, spreadsheet="").offers({}))


@pytest.mark.parametrize(
    ("access", "places", "words"),
    [
        ("published", {"a.csv": "ก!A:Z"}, "write the number after `gid=`"),
        ("api", {"a.xlsx": "ก!A:Z"}, "end the name in .csv"),
        ("api", {}, "sheets"),
    ],
)
def test_places_that_are_none(access: str, places: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        source({"by": "sheets", "access": access, "sheets": places})
