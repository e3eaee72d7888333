"""Synthetic `participant` files of any size: 25 columns, 5 % wrong rows, the same bytes for the same size and version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from equity.demo.names import FEMALE, LAST, MALE
from equity.thai.places import lampang

GROUPS = ("วัยแรงงาน", "ผู้สูงอายุ", "ผู้ขาดแคลนทุนทรัพย์", "เยาวชนนอกระบบการศึกษา")


def write(path: Path, rows: int, *, changed: float = 0, only_changed: bool = False) -> None:
    """Write a file of `rows` persons; `changed` is the share whose income differs from version 0."""
    rng = np.random.default_rng(7)
    male = rng.random(rows) < 0.5
    areas = [(area.tambon_th, area.amphoe_th) for area in lampang().areas.values()]
    where = rng.integers(len(areas), size=rows)
    wrong = rng.random(rows)
    ids = _national_ids(rng, rows, wrong < 0.015)
    born = [
        f"{d:02d}/{m:02d}/{y}"
        for d, m, y in zip(
            rng.integers(1, 29, 20000), rng.integers(1, 13, 20000), rng.integers(2495, 2550, 20000), strict=True
        )
    ]
    joined = [
        f"{d} {m} {y}" for d in range(1, 29) for m in ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.") for y in (2566, 2567, 2568)
    ]
    income = rng.integers(10, 200, rows) * 100
    touched = np.random.default_rng(8).random(rows) < changed
    income = np.where(touched, income + 50, income)

    def pick(values: list[str] | tuple[str, ...]) -> np.ndarray:
        return np.asarray(values, dtype=object)[rng.integers(len(values), size=rows)]

    birth = np.where((wrong >= 0.015) & (wrong < 0.03), "31/02/2540", pick(born))
    money = np.where((wrong >= 0.03) & (wrong < 0.04), "พออยู่ได้", np.char.mod("%d", income).astype(object))
    first = np.where(male, pick(MALE), pick(FEMALE))
    first = np.where((wrong >= 0.04) & (wrong < 0.05), "", first)
    table = pa.table(
        {
            "รหัสผู้เรียน": pa.array(np.char.mod("P%07d", np.arange(rows))),
            "เลขประจำตัวประชาชน": ids,
            "คำนำหน้า": np.where(male, "นาย", "นางสาว"),
            "ชื่อ": first,
            "สกุล": pick(LAST),
            "ชื่อเล่น": pick(("แดง", "ดำ", "นก", "หนู", "")),
            "เพศ": np.where(male, "ชาย", "หญิง"),
            "วันเดือนปีเกิด": birth,
            "สัญชาติ": pick(("ไทย",)),
            "เบอร์โทร": pa.array(np.char.mod("08%08d", rng.integers(10**7, 10**8, rows))),
            "บ้านเลขที่": np.char.mod("%d", rng.integers(1, 400, rows)),
            "หมู่": np.char.mod("%d", rng.integers(1, 15, rows)),
            "ประเภทที่อยู่": pick(("ตามทะเบียนบ้าน", "ที่อยู่จริง")),
            "ความพิการ": pick(("ไม่พิการ", "ไม่พิการ", "การเคลื่อนไหวหรือร่างกาย")),
            "ยินยอม": pick(("ยินยอม",)),
            "วันที่ยินยอม": pick(joined),
            "รหัสโครงการ": pick(("LPL-01", "LPL-02", "LPL-03")),
            "กลุ่ม": pick(GROUPS),
            "อาชีพ": pick(("เกษตรกร", "รับจ้าง", "ค้าขาย", "ว่างงาน")),
            "รายได้": money,
            "วันที่สมัคร": pick(joined),
            "วันที่ออก": pick(("", "", "", "1 ธ.ค. 2568")),
            "สาเหตุที่ออก": pick(("", "สำเร็จ")),
            "ตำบล": np.asarray([a[0] for a in areas], dtype=object)[where],
            "อำเภอ": np.asarray([a[1] for a in areas], dtype=object)[where],
        }
    )
    if only_changed:
        table = table.filter(pa.array(touched))
    pacsv.write_csv(table, path, pacsv.WriteOptions(quoting_style="needed"))


def _national_ids(rng: np.random.Generator, rows: int, broken: np.ndarray) -> pa.Array:
    digits = rng.integers(0, 10, size=(rows, 12))
    digits[:, 0] = rng.integers(1, 6, size=rows)
    check = (11 - (digits * np.arange(13, 1, -1)).sum(axis=1) % 11) % 10
    check = np.where(broken, (check + 1) % 10, check)
    whole = np.concatenate([digits, check[:, None]], axis=1).astype("U1")
    return pc.binary_join_element_wise(*(pa.array(whole[:, i]) for i in range(13)), "")
