"""Folders of this machine, and an object store: moto's S3 server."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import s3fs
from connector_places import source
from moto.server import ThreadedMotoServer

from equity.sources.connectors import ConnectorError, Endpoint, Folder, NotReady, TooLarge, origin, outbox
from equity.sources.connectors import folder as folder_module


def folder(root: Path, files: str = "*.xlsx", below: str = "") -> Folder:
    spec = source({"by": "folder", "files": files, "folder": below})
    made = origin(spec, Endpoint("drop", extra={"path": str(root)}))
    assert isinstance(made, Folder)
    return made


def test_a_folder_offers_what_is_finished_by_name(tmp_path: Path) -> None:
    root = tmp_path / "กล่อง รับไฟล์"
    root.mkdir()
    for name in ("ข.xlsx", "ก.xlsx", "~$ก.xlsx", ".ก.xlsx", "ค.xlsx.part", "ค.xlsx.tmp", "ง.csv"):
        (root / name).write_bytes(name.encode())
    (root / "folder.xlsx").mkdir()
    offers = list(folder(root).offers({}))
    assert [offer.name for offer in offers] == ["ก.xlsx", "ข.xlsx"]
    assert [offer.get() for offer in offers] == [("ก.xlsx".encode(), None), ("ข.xlsx".encode(), None)]


@pytest.mark.parametrize("name", ["~$a.xlsx", ".a.csv", "a.csv.part", "a.tmp", "a.csv.filepart", ".a.part"])
def test_unfinished_names_are_not_offered_even_where_everything_is_asked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"half")
    assert list(folder(tmp_path, files="*").offers({})) == []


def test_a_stamp_changes_with_the_file_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"one")
    os.utime(file, (1_000, 1_000))
    stamps = [next(folder(tmp_path).offers({})).stamp for _ in range(2)]
    file.write_bytes(b"two!")
    stamps.append(next(folder(tmp_path).offers({})).stamp)
    os.utime(file, (1_000, 1_000))
    file.write_bytes(b"two?")
    os.utime(file, (2_000, 2_000))
    stamps.append(next(folder(tmp_path).offers({})).stamp)
    assert stamps[0] == stamps[1] and len(set(stamps)) == 3


def test_a_workbook_is_put_down_whole(tmp_path: Path) -> None:
    spec = source({"by": "folder"}, answer={"by": "folder", "folder": "ตอบกลับ"})
    out = outbox(spec, Endpoint("out", extra={"path": str(tmp_path / "ขาออก")}))
    place = out.deliver("แก้ไข_LPG-000001.xlsx", b"workbook", "LPG-000001")
    assert Path(place) == tmp_path / "ขาออก" / "ตอบกลับ" / "แก้ไข_LPG-000001.xlsx"
    assert Path(place).read_bytes() == b"workbook"
    assert [f.name for f in Path(place).parent.iterdir()] == ["แก้ไข_LPG-000001.xlsx"]
    out.deliver("แก้ไข_LPG-000001.xlsx", b"again", "LPG-000001")
    assert Path(place).read_bytes() == b"again"


def test_a_folder_that_is_not_there_is_said_with_the_connection(tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match=r"connection drop: there is no folder .*nowhere"):
        list(folder(tmp_path / "nowhere").offers({}))
    spec = source({"by": "folder"})
    with pytest.raises(ConnectorError, match=r"connection drop: no path"):
        list(origin(spec, Endpoint("drop")).offers({}))


def test_links_pipes_and_folders_are_no_files(tmp_path: Path) -> None:
    """A partner who may write here could otherwise have us read what is another's."""
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "secret.xlsx").write_bytes(b"secret")
    root = tmp_path / "drop"
    root.mkdir()
    (root / "a.xlsx").symlink_to(tmp_path / "others" / "secret.xlsx")
    (root / "b.xlsx").symlink_to(root / "c.xlsx")
    os.mkfifo(root / "d.xlsx")
    (root / "c.xlsx").write_bytes(b"own")
    (offer,) = folder(root).offers({})
    assert offer.name == "c.xlsx"
    (root / "c.xlsx").unlink()
    (root / "c.xlsx").symlink_to(tmp_path / "others" / "secret.xlsx")  # swapped after the look
    with pytest.raises(ConnectorError, match="connection drop: .*c.xlsx"):
        offer.get()


def test_a_file_that_grows_while_it_is_read_waits_for_another_night(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"half")
    (offer,) = folder(tmp_path).offers({})

    whole = os.fstat

    def grows(opened: int) -> os.stat_result:
        found = whole(opened)
        with file.open("ab") as stream:
            stream.write(b" more")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fstat", grows)
        with pytest.raises(NotReady, match="connection drop: a.xlsx is still being written"):
            offer.get()
    assert offer.get()[0].startswith(b"half more")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.truncate(3 << 30)
    (offer,) = folder(tmp_path).offers({})
    with pytest.raises(TooLarge, match="connection drop: a.xlsx is larger than 512 MiB") as error:
        offer.get()
    assert error.value.size == 3 << 30


def test_a_file_that_is_gone_or_closed_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"x")
    (offer,) = folder(tmp_path).offers({})
    file.unlink()
    with pytest.raises(ConnectorError, match="connection drop: .*a.xlsx: is not there any more"):
        offer.get()


def test_a_workbook_is_never_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    root = tmp_path / "ขาออก" / "ตอบกลับ"
    root.mkdir(parents=True)
    (root / ".a.xlsx.part").symlink_to(victim)
    spec = source({"by": "folder"}, answer={"by": "folder", "folder": "ตอบกลับ"})
    outbox(spec, Endpoint("out", extra={"path": str(tmp_path / "ขาออก")})).deliver("a.xlsx", b"workbook", "LPG-1")
    assert victim.read_bytes() == b"precious" and (root / "a.xlsx").read_bytes() == b"workbook"


# --- an object store


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """moto's S3 server, with one bucket; it takes any login."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    fs = s3fs.S3FileSystem(key="k", secret="s", endpoint_url=address)
    fs.mkdir("lampang")
    yield address
    server.stop()


def bucket(address: str, path: str = "s3://lampang", answer: bool = False, **said: Any) -> Any:
    extra = {"path": path, "endpoint_url": address}
    end = Endpoint("drop", login="key-id", password="s3cret-key", extra=extra)
    spec = source({"by": "folder", "files": "*.csv", **said}, answer={"by": "folder", "folder": "ตอบกลับ"})
    return outbox(spec, end) if answer else origin(spec, end)


def put(address: str, name: str, data: bytes) -> None:
    s3fs.S3FileSystem(key="k", secret="s", endpoint_url=address, skip_instance_cache=True).pipe_file(name, data)


def test_objects_are_offered_by_name_with_their_etag(s3: str) -> None:
    assert list(bucket(s3, folder="ขาเข้า").offers({})) == [], "an object store has no empty folders"
    for name in ("ข.csv", "a b.csv", ".a.csv", "c.csv.part", "d.txt", "deeper/e.csv"):
        put(s3, f"lampang/ขาเข้า/{name}", name.encode())
    found = {offer.name: (offer.stamp, offer.get()) for offer in bucket(s3, folder="ขาเข้า").offers({})}
    assert {name: data for name, (_, data) in found.items()} == {
        "a b.csv": (b"a b.csv", None),
        "ข.csv": ("ข.csv".encode(), None),
    }
    again = {offer.name: offer.stamp for offer in bucket(s3, folder="ขาเข้า").offers({})}
    assert again == {name: stamp for name, (stamp, _) in found.items()}
    put(s3, "lampang/ขาเข้า/a b.csv", b"A b.csv")  # as long as before, in the same second
    changed = {offer.name: offer.stamp for offer in bucket(s3, folder="ขาเข้า").offers({})}
    assert changed["a b.csv"] != again["a b.csv"] and changed["ข.csv"] == again["ข.csv"]


def test_a_workbook_is_put_into_a_bucket(s3: str) -> None:
    place = bucket(s3, answer=True).deliver("แก้ไข_LPG-1.xlsx", b"workbook", "LPG-1")
    assert place == "s3://lampang/ตอบกลับ/แก้ไข_LPG-1.xlsx"
    assert s3fs.S3FileSystem(key="k", secret="s", endpoint_url=s3).cat_file(place) == b"workbook"


def test_what_is_wrong_with_an_object_store_is_said(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConnectorError, match="connection drop: there is no s3://elsewhere"):
        list(bucket(s3, "s3://elsewhere").offers({}))
    put(s3, "lampang/big/a.csv", b"x" * 100)
    monkeypatch.setattr(folder_module, "DELIVERY_BYTES", 10)
    (offer,) = bucket(s3, folder="big").offers({})
    with pytest.raises(TooLarge, match="connection drop: lampang/big/a.csv is larger"):
        offer.get()


def test_an_object_store_that_is_away_is_said_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "STORE_TRIES", 0)
    with pytest.raises(
        ConnectorError, match="connection drop: .*; look at the connection's login and address"
    ) as error:
        list(bucket("http://127.0.0.1:9").offers({}))
    assert "s3cret-key" not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize(
    ("path", "extra", "kind"),
    [
        ("gs://lampang/in", {"keyfile_dict": "{}"}, "GCSPath"),
        ("az://lampang/in", {}, "AzurePath"),
        ("abfs://lampang/in", {"account_host": "a.example"}, "AzurePath"),
    ],
)
def test_google_and_azure_are_reached_by_their_file_systems(path: str, extra: dict[str, Any], kind: str) -> None:
    """No such store runs here: the path and the login that their file systems are given."""
    end = Endpoint("drop", login="account", password="key", extra={"path": path, **extra})
    made = origin(source({"by": "folder", "folder": "x"}), end)
    assert isinstance(made, Folder)
    assert type(made.root).__name__ == kind and str(made.root).endswith("lampang/in/x")
    options = made.root.storage_options
    assert options["use_listings_cache"] is False
    assert (options.get("account_name"), options.get("account_key")) == (
        ("account", "key") if kind == "AzurePath" else (None, None)
    )
