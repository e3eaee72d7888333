"""Keys: pseudonyms that tell nothing, payloads bound to their place, files that cannot be changed unseen."""

from __future__ import annotations

import base64
import hmac
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.privacy import keys as keys_module
from equity.privacy.keys import NONCE, Keys, seal, unseal
from equity.settings import Home

KEY = bytes(range(32))


def made(**changes: Any) -> Keys:
    return Keys(**{"pseudonym": KEY, "vault": {1: b"1" * 32}, "landing": b"2" * 32} | changes)


# --- pseudonyms


def pseudonyms(*values: str | None, domain: str = "person:club", keys: Keys | None = None) -> list[str | None]:
    return list((keys or made()).pseudonyms(pa.array(values, pa.string()), domain).to_pylist())


def test_a_pseudonym_is_hmac_sha256_over_domain_and_value() -> None:
    expected = hmac.digest(KEY, b"person:club\x00" + "ก-1".encode(), "sha256")[:16].hex()
    assert pseudonyms("ก-1") == [expected] and len(expected) == 32


def test_equal_in_equal_out_and_null_stays_null() -> None:
    one, nothing, same, other, empty = pseudonyms("a", None, "a", "b", "")
    assert one == same and nothing is None
    assert len({one, other, empty}) == 3


def test_domains_and_keys_are_worlds_apart() -> None:
    assert pseudonyms("a") != pseudonyms("a", domain="person:university")
    assert pseudonyms("a") != pseudonyms("a", keys=made(pseudonym=b"x" * 32))
    assert pseudonyms("b", domain="a") != pseudonyms("\x00b", domain="a")
    assert pseudonyms("lub:x", domain="c") != pseudonyms("x", domain="club:")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=20))
def test_pseudonyms_tell_equality_and_nothing_else(values: list[str | None]) -> None:
    found = pseudonyms(*values)
    for a, x in zip(values, found, strict=True):
        assert (a is None) == (x is None)
        for b, y in zip(values, found, strict=True):
            assert (a == b) == (x == y)


# --- payloads


def test_a_payload_opens_in_its_own_context_alone() -> None:
    keys = made()
    one, two = keys.encrypt([b"somchai", b"somchai"], [b"a", b"b"])
    assert one != two and b"somchai" not in one
    assert keys.decrypt(one, b"a", 1) == keys.decrypt(two, b"b", 1) == b"somchai"
    for payload, context in ((one, b"b"), (two, b"a"), (one, b"")):
        with pytest.raises(InvalidTag):
            keys.decrypt(payload, context, 1)


@pytest.mark.parametrize("at", [0, NONCE, -1])
def test_a_changed_payload_is_refused(at: int) -> None:
    (payload,) = made().encrypt([b"somchai"], [b"a"])
    changed = bytearray(payload)
    changed[at] ^= 1
    with pytest.raises(InvalidTag):
        made().decrypt(bytes(changed), b"a", 1)


def test_no_nonce_is_used_twice() -> None:
    payloads = made().encrypt([b"x"] * 500, [b"a"] * 500)
    assert len({payload[:NONCE] for payload in payloads}) == 500
    assert made().encrypt([], []) == []


def test_every_payload_needs_a_context() -> None:
    with pytest.raises(ValueError, match="argument"):
        made().encrypt([b"x", b"y"], [b"a"])


def test_rotated_keys_write_with_the_newest_and_read_the_old() -> None:
    (old,) = made().encrypt([b"x"], [b"a"])
    keys = made(vault={1: b"1" * 32, 2: b"n" * 32, 10: b"t" * 32})
    assert keys.vault_version == 10
    (new,) = keys.encrypt([b"x"], [b"a"])
    assert keys.decrypt(old, b"a", 1) == keys.decrypt(new, b"a", 10) == b"x"
    with pytest.raises(InvalidTag):
        keys.decrypt(new, b"a", 1)
    with pytest.raises(KeyError):
        keys.decrypt(new, b"a", 3)


# --- sealed files


@pytest.fixture
def small_frames(monkeypatch: pytest.MonkeyPatch) -> int:
    """Frames of ten bytes."""
    monkeypatch.setattr(keys_module, "FRAME", 10)
    return 10


def frames(data: bytes) -> list[bytes]:
    return list(seal(data, KEY))


def opened(*sealed: bytes, key: bytes = KEY) -> bytes:
    return unseal(io.BytesIO(b"".join(sealed)), key)


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 20, 35])
def test_what_was_sealed_opens_again(small_frames: int, size: int) -> None:
    data = os.urandom(size)
    sealed = frames(data)
    assert len(sealed) == max(1, -(-size // small_frames))
    assert opened(*sealed) == data
    assert size < 5 or data not in b"".join(sealed)


def test_a_large_file_has_more_than_one_frame() -> None:
    data = os.urandom(keys_module.FRAME + 1)
    sealed = frames(data)
    assert len(sealed) == 2 and opened(*sealed) == data


def one_frame_dropped(sealed: list[bytes]) -> list[bytes]:
    return [sealed[0], *sealed[2:]]


def first_frame_dropped(sealed: list[bytes]) -> list[bytes]:
    return sealed[1:]


def last_frame_dropped(sealed: list[bytes]) -> list[bytes]:
    return sealed[:-1]


def all_dropped(sealed: list[bytes]) -> list[bytes]:
    return []


def swapped(sealed: list[bytes]) -> list[bytes]:
    return [sealed[1], sealed[0], *sealed[2:]]


def doubled(sealed: list[bytes]) -> list[bytes]:
    return [sealed[0], *sealed]


def last_doubled(sealed: list[bytes]) -> list[bytes]:
    return [*sealed, sealed[-1]]


def cut_in_a_frame(sealed: list[bytes]) -> list[bytes]:
    return [*sealed[:-1], sealed[-1][:-3]]


def cut_in_a_nonce(sealed: list[bytes]) -> list[bytes]:
    return [*sealed[:-1], sealed[-1][:9]]


def cut_in_a_length(sealed: list[bytes]) -> list[bytes]:
    return [*sealed[:-1], sealed[-1][:2]]


def something_behind(sealed: list[bytes]) -> list[bytes]:
    return [*sealed, b"\x00"]


def one_bit(sealed: list[bytes]) -> list[bytes]:
    return [*sealed[:-1], sealed[-1][:-1] + bytes([sealed[-1][-1] ^ 1])]


@pytest.mark.parametrize(
    "damage",
    [
        one_frame_dropped, first_frame_dropped, last_frame_dropped, all_dropped, swapped, doubled, last_doubled,
        cut_in_a_frame, cut_in_a_nonce, cut_in_a_length, something_behind, one_bit,
    ],
)  # fmt: skip
def test_a_sealed_file_that_was_changed_is_refused(small_frames: int, damage: Any) -> None:
    del small_frames
    with pytest.raises(InvalidTag):
        opened(*damage(frames(b"thirty-five bytes of somebody's data")))


def test_a_sealed_file_opens_with_its_own_key_alone() -> None:
    with pytest.raises(InvalidTag):
        opened(*frames(b"data"), key=b"x" * 32)


# --- where keys come from


def document(**changes: Any) -> str:
    key = base64.b64encode(KEY).decode()
    return json.dumps({"pseudonym": key, "landing": key, "vault": {"1": key, "2": key}} | changes)


def test_keys_are_read_from_the_connection() -> None:
    keys = Keys.from_json(document())
    assert keys == Keys(KEY, {1: KEY, 2: KEY}, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '"text"', "{}", document(vault={}), document(vault=None), document(vault=["x"]),
        document(vault={"one": base64.b64encode(KEY).decode()}), document(pseudonym=5), document(landing=None),
        document(pseudonym="not base64!"), document(pseudonym=base64.b64encode(b"short").decode()),
        document(landing=base64.b64encode(KEY * 2).decode()), document(vault={"1": base64.b64encode(b"x" * 31).decode()}),
    ],
)  # fmt: skip
def test_bad_keys_are_refused_in_words_and_never_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="connection equity_keys") as error:
        Keys.from_json(text)
    assert base64.b64encode(KEY).decode() not in str(error.value)


def test_keys_do_not_show_in_what_is_printed() -> None:
    shown = repr(made()) + str(made())
    assert "1111" not in shown and repr(KEY) not in shown and KEY.hex() not in shown


def test_an_installation_makes_its_own_keys_once_and_keeps_them_to_itself(tmp_path: Path) -> None:
    home = Home(tmp_path / "ที่เก็บ")
    keys = Keys.of(home)
    assert Keys.of(Home(tmp_path / "ที่เก็บ")) == keys != Keys.of(Home(tmp_path / "other"))
    assert len({keys.pseudonym, keys.landing, *keys.vault.values()}) == 3
    file = home.path / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert base64.b64encode(keys.pseudonym).decode() not in repr(home)


def test_passwords_are_made_once_for_each_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    first = {role: home.password(role) for role in ("equity_ingest", "equity_link", "airflow")}
    assert len(set(first.values())) == 3 and min(map(len, first.values())) >= 24
    again = Home(tmp_path)
    assert {role: again.password(role) for role in first} == first
    monkeypatch.setenv("EQUITY_PASSWORD_LINK", "given")
    assert again.password("equity_link") == "given" and again.password("equity_ingest") == first["equity_ingest"]
