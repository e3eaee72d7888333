"""Published figures, and what is known of each: with which others it goes together, and why it does not where it does not.

Lampang's tables of access to education and of schools, and the programme's totals, are as they were printed. The tables of
2569 are made from the demo's own population, some with the faults that printed tables have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from equity.demo import writing as w
from equity.demo.people import areas
from equity.demo.tables import Table, table

BANDS = {"3–5": range(3, 6), "6–11": range(6, 12), "12–14": range(12, 15), "15–17": range(15, 18), "3–17": range(3, 18)}
PRINTED_2563 = {  # learners, population, printed percent (Lampang Provincial Education Office, academic year 2563)
    "3–5": (12_862, 15_987, 80.45),
    "6–11": (34_675, 36_007, 96.30),
    "12–14": (18_230, 19_219, 94.85),
    "15–17": (18_291, 20_522, 89.13),
    "3–17": (84_058, 91_735, 91.63),
}
EDUCATION, PROVINCE, EEF = "สำนักงานศึกษาธิการจังหวัดลำปาง", "สำนักงานจังหวัดลำปาง", "กสศ."
REGISTERED, ACTUAL = 0, 1
ADDED = 310


@dataclass(frozen=True)
class Planted:
    """What a reader of the tables should find out about some figures.

    kind: `agrees` (parts and sums, counts and rates go together), `other_age_band`, `stock_against_flow`, `other_scope`,
    `parts_do_not_add_up`, `over_100_percent`, `mixed_units`, `counted_twice`.
    """

    kind: str
    refs: tuple[str, ...]
    note: str


class Published:
    """The figures with what was planted in them."""

    def __init__(self, rng: np.random.Generator, people: np.ndarray, month: date) -> None:
        self.rng, self.month = rng, month
        self.planted: list[Planted] = []
        self._rows: list[dict[str, Any]] = []
        self._registered = people[:, :, :, REGISTERED].sum(axis=2)
        self._actual = people[:, :, :, ACTUAL].sum(axis=2)
        self._access_2563()
        self._schools_2562()
        self._programme()
        self._population()
        self._out_of_school()
        self._participation()

    def table(self) -> Table:
        """Return the figures as they are sent."""
        rows = self._rows
        planted = {ref for what in self.planted for ref in what.refs}
        refs = [f"F-{at + 1:03}" for at in range(len(rows))]
        return table(
            "published_figure",
            {
                "รหัสตัวเลข": refs,
                "แหล่งเผยแพร่": [r["publication"] for r in rows],
                "ชื่อตาราง": [r["title"] for r in rows],
                "จังหวัด": ["ลำปาง" if r["publication"] != EEF else "" for r in rows],
                "อำเภอ": [r["amphoe"] for r in rows],
                "ช่วงอายุ": [r["band"] for r in rows],
                "สิ่งที่วัด": [r["measure"] for r in rows],
                "หน่วยนับ": [r["unit"] for r in rows],
                "ขอบเขต": [r["scope"] for r in rows],
                "ข้อมูล ณ วันที่": w.dates(self.rng, [r["as_of"] for r in rows], (1, 3, 1)),
                "ค่า": w.numbers(self.rng, [r["value"] for r in rows], as_text=True),
                "_planted": [ref in planted for ref in refs],
            },
        )

    def truth(self) -> list[dict[str, Any]]:
        """Return what was planted, for the file beside the world."""
        return [asdict(what) for what in self.planted]

    # --- the tables

    def _add(
        self,
        publication: str,
        title: str,
        measure: str,
        value: float,
        unit: str,
        as_of: date,
        *,
        band: str = "",
        amphoe: str = "",
        scope: str = "",
    ) -> str:
        self._rows.append(
            {
                "publication": publication, "title": title, "measure": measure, "value": value, "unit": unit,
                "as_of": as_of, "band": f"{band} ปี" if band else "", "amphoe": amphoe, "scope": scope,
            }
        )  # fmt: skip
        return f"F-{len(self._rows):03}"

    def _plant(self, kind: str, refs: Iterable[str], note: str) -> None:
        self.planted.append(Planted(kind, tuple(refs), note))

    def _access_2563(self) -> None:
        title, day = "การเข้าถึงการศึกษา ปีการศึกษา 2563", date(2020, 6, 10)
        counts = []
        for band, (learners, population, rate) in PRINTED_2563.items():
            refs = [
                self._add(EDUCATION, title, "ผู้เรียน", learners, "คน", day, band=band, scope="ทุกสังกัด"),
                self._add(EDUCATION, title, "ประชากร", population, "คน", day, band=band, scope="ตามทะเบียนบ้าน"),
                self._add(EDUCATION, title, "ร้อยละการเข้าเรียน", rate, "ร้อยละ", day, band=band, scope="ทุกสังกัด"),
            ]
            counts.append(refs)
            self._plant("agrees", refs, "the printed percent is learners per population")
        for at, what in ((0, "learners"), (1, "population")):
            self._plant("agrees", [refs[at] for refs in counts], f"the {what} of the age bands add up to the total")
        parts = [
            self._add(EDUCATION, title, "ผู้เรียน", 77_119, "คน", day, band="3–17", scope="สังกัดกระทรวงศึกษาธิการ"),
            self._add(EDUCATION, title, "ผู้เรียน", 6_939, "คน", day, band="3–17", scope="สังกัดอื่น"),
        ]
        self._plant("agrees", [*parts, counts[-1][0]], "the two affiliations add up to all learners")

    def _schools_2562(self) -> None:
        title, day = "จำนวนสถานศึกษา ปีการศึกษา 2562", date(2019, 6, 10)
        parts = [
            self._add(EDUCATION, title, "สถานศึกษา", value, "แห่ง", day, scope=scope)
            for scope, value in (("สพฐ.", 390), ("เอกชน", 29), ("ท้องถิ่น", 229), ("อื่น ๆ", 37))
        ]
        total = self._add(EDUCATION, title, "สถานศึกษา", 685, "แห่ง", day, scope="รวมทุกสังกัด")
        self._plant("agrees", [*parts, total], "the affiliations add up to the total")
        other = self._add(
            EDUCATION, "ข้อมูลพื้นฐานจังหวัด 2562", "สถานศึกษา", 776, "แห่ง", day, scope="รวมศูนย์พัฒนาเด็กเล็กและ กศน."
        )
        self._plant("other_scope", [total, other], "the same office counts other places of learning on another page")

    def _programme(self) -> None:
        title, day = "สองปีของทุนพัฒนาอาชีพ", date(2020, 12, 31)
        refs = [
            self._add(EEF, title, measure, value, unit, day, scope="ทั้งประเทศ")
            for measure, value, unit in (
                ("ผู้ได้รับการพัฒนา", 14_414, "คน"),
                ("โครงการ", 194, "โครงการ"),
                ("จังหวัด", 51, "จังหวัด"),
                ("ภูมิภาค", 4, "ภูมิภาค"),
            )
        ]
        self._plant("agrees", refs[1:], "as the funder's register of projects has them for 2562 and 2563")

    def _population(self) -> None:
        title, by_amphoe = "ประชากรวัยเรียนรายอำเภอ มกราคม 2569", self._by_amphoe(self._registered)
        for amphoe, ages in by_amphoe.items():
            for band, years in BANDS.items():
                self._add(
                    PROVINCE, title, "ประชากร", int(ages[list(years)].sum()), "คน", self.month,
                    band=band, amphoe=amphoe, scope="ตามทะเบียนบ้าน",
                )  # fmt: skip
        whole, of_province = self._registered.sum(axis=0), {}
        for band, years in BANDS.items():
            wrong = ADDED if band == "12–14" else 0
            of_province[band] = self._add(
                PROVINCE, title, "ประชากร", int(whole[list(years)].sum()) + wrong, "คน", self.month,
                band=band, scope="ตามทะเบียนบ้าน",
            )  # fmt: skip
        self._plant(
            "parts_do_not_add_up", [of_province["12–14"]], f"printed {ADDED} above the sum of the thirteen amphoe"
        )
        self._plant("agrees", [of_province["6–11"]], "the province as the population register has it, registered")
        here = self._add(
            PROVINCE, "ประชากรที่อยู่จริง มกราคม 2569", "ประชากร", int(self._actual.sum(axis=0)[3:18].sum()), "คน", self.month,
            band="3–17", scope="อยู่จริง",
        )  # fmt: skip
        self._plant("other_scope", [of_province["3–17"], here], "registered against actual residence")

    def _out_of_school(self) -> None:
        title, day = "เด็กนอกระบบการศึกษา 2568", date(2025, 5, 31)
        stock = self._add(EDUCATION, title, "เด็กนอกระบบ", 1_912, "คน", day, band="3–17", scope="คงค้าง ณ วันสำรวจ")
        wider = self._add(
            EEF, "Thailand Zero Dropout 2568", "เด็กนอกระบบ", 2_480, "คน", day, band="3–18", scope="คงค้าง ณ วันสำรวจ"
        )
        self._plant("other_age_band", [stock, wider], "3 to 17 against 3 to 18 years")
        flow = self._add(
            EDUCATION, "เด็กออกกลางคัน ปีการศึกษา 2567", "เด็กออกกลางคัน", 214, "คน", day, band="3–17", scope="ตลอดปีการศึกษา"
        )
        self._plant("stock_against_flow", [stock, flow], "who is out on a day against who left in a year")
        percent = self._add(
            EDUCATION, "อัตราออกกลางคัน ปีการศึกษา 2567", "อัตราออกกลางคัน", 0.25, "ร้อยละ", day, band="6–11", scope="สพฐ."
        )
        per_1000 = self._add(
            EDUCATION, "อัตราออกกลางคัน ปีการศึกษา 2567", "อัตราออกกลางคัน", 4.1, "ต่อพันคน", day, band="12–14", scope="สพฐ."
        )
        self._plant("mixed_units", [percent, per_1000], "a percent and a rate per thousand in one column")

    def _participation(self) -> None:
        title, day = "อัตราการเข้าเรียน ปีการศึกษา 2568", date(2025, 6, 10)
        over = self._add(EDUCATION, title, "ร้อยละการเข้าเรียน", 104.3, "ร้อยละ", day, band="6–11", scope="อัตราหยาบ")
        self._plant("over_100_percent", [over], "pupils of any age per children of the band")
        parts = [
            self._add(EDUCATION, title, "ผู้เรียน", 31_250, "คน", day, band="6–11", scope="สพฐ."),
            self._add(EDUCATION, title, "ผู้เรียน", 2_140, "คน", day, band="6–11", scope="โรงเรียนในพื้นที่ อปท."),
            self._add(EDUCATION, title, "ผู้เรียน", 31_902, "คน", day, band="6–11", scope="รวมทุกสังกัด"),
        ]
        self._plant("counted_twice", parts, "1,488 pupils stand in both parts: the sum is above the total")

    @staticmethod
    def _by_amphoe(people: np.ndarray) -> dict[str, np.ndarray]:
        sums: dict[str, np.ndarray] = {}
        for at, area in enumerate(areas()):
            sums[area.amphoe] = sums.get(area.amphoe, 0) + people[at]
        return sums
