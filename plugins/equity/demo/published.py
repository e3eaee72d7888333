"""Published figures, and what a reader should find out about each: what contradicts itself, and what may be compared with what.

Lampang's tables of access to education and of schools of 2562 and 2563, and the programme's totals, are as they were printed.
The tables of 2569 are made from the demo's own population; the others are invented, with the faults that printed tables have.
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
PROVISIONAL = "เบื้องต้น"
SCHOOLS, DROPOUT = (("สพฐ.", 390), ("เอกชน", 29), ("ท้องถิ่น", 229), ("อื่น ๆ", 37)), "อัตราออกกลางคัน"


@dataclass(frozen=True)
class Planted:
    """What a reader of the tables should find out about some figures.

    kind: what is wrong within or between tables, as the view published_finding names it; or, with about `comparison`, how one
    figure stands to the platform's own: a verdict of published_comparison. mismatches: the dimensions that do not fit.
    """

    about: str
    kind: str
    refs: tuple[str, ...]
    note: str
    mismatches: tuple[str, ...] = ()


class Published:
    """The figures with what was planted in them."""

    def __init__(self, rng: np.random.Generator, people: np.ndarray, month: date) -> None:
        self.rng, self.month = rng, month
        self.planted: list[Planted] = []
        self.rows: list[dict[str, Any]] = []
        self._registered = people[:, :, :, REGISTERED].sum(axis=2)
        self._actual = people[:, :, :, ACTUAL].sum(axis=2)
        self._access_2563()
        self._access_2567()
        self._participation()
        self._shares()
        self._schools()
        self._programme()
        self._population()
        self._out_of_school()
        self._dropouts()
        self._words_nobody_knows()

    def table(self) -> Table:
        """Return the figures as they are sent once all is final."""
        rows = self.rows
        planted = {ref for what in self.planted if what.about == "table" for ref in what.refs}
        return table(
            "published_figure",
            {
                "รหัสตัวเลข": [r["ref"] for r in rows],
                "แหล่งเผยแพร่": [r["publication"] for r in rows],
                "ชื่อตาราง": [r["title"] for r in rows],
                "จังหวัด": [r["province"] for r in rows],
                "อำเภอ": [r["amphoe"] for r in rows],
                "ช่วงอายุ": [f"{r['band']} ปี" if r["band"] else "" for r in rows],
                "สิ่งที่วัด": [r["measure"] for r in rows],
                "หน่วยนับ": [r["unit"] for r in rows],
                "ขอบเขต": [r["scope"] for r in rows],
                "ข้อมูล ณ วันที่": w.dates(self.rng, [r["as_of"] for r in rows], (1, 3, 1)),
                "ค่า": w.numbers(self.rng, [r["value"] for r in rows], as_text=True),
                "_planted": [r["ref"] in planted for r in rows],
            },
        )

    @staticmethod
    def provisional(made: Table) -> Table:
        """Return the same table as it is first sent: the programme's totals are provisional then."""
        rows = [
            {**row, "ขอบเขต": f"{row['ขอบเขต']}, {PROVISIONAL}"} if "สองปี" in row["ชื่อตาราง"] else row
            for row in made.rows
        ]
        return Table(made.record_type, rows)

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
        province: str = "ลำปาง",
        amphoe: str = "",
        scope: str = "",
        ours: str = "not_comparable",
        off: tuple[str, ...] = (),
        note: str = "",
    ) -> str:
        """Add one figure; `ours` is the verdict of comparing it, `off` the dimensions in which it cannot be."""
        ref = f"F-{len(self.rows) + 1:03}"
        self.rows.append(
            {
                "ref": ref, "publication": publication, "title": title, "measure": measure, "value": value, "unit": unit,
                "as_of": as_of, "band": band, "province": province, "amphoe": amphoe, "scope": scope,
            }
        )  # fmt: skip
        self.planted.append(Planted("comparison", ours, (ref,), note, off))
        return ref

    def _plant(self, kind: str, refs: Iterable[str], note: str) -> None:
        self.planted.append(Planted("table", kind, tuple(refs), note))

    def _access_2563(self) -> None:
        title, day = "การเข้าถึงการศึกษา ปีการศึกษา 2563", date(2020, 6, 10)
        known: Any = {"ours": "nothing_known", "note": "years before anything we hold"}
        printed = {}
        for band, (learners, population, rate) in PRINTED_2563.items():
            ours = {"off": ("age_band",)} if band == "3–17" else known
            printed[band] = self._add(EDUCATION, title, "ผู้เรียน", learners, "คน", day, band=band, scope="ทุกสังกัด", **ours)
            self._add(EDUCATION, title, "ประชากร", population, "คน", day, band=band, scope="ตามทะเบียนบ้าน", **known)
            self._add(EDUCATION, title, "ร้อยละการเข้าเรียน", rate, "ร้อยละ", day, band=band, scope="ทุกสังกัด", **ours)
        for scope, value in (("สังกัดกระทรวงศึกษาธิการ", 77_119), ("สังกัดอื่น", 6_939)):
            self._add(EDUCATION, title, "ผู้เรียน", value, "คน", day, band="3–17", scope=scope, off=("scope", "age_band"))
        book = "การศึกษาจังหวัดลำปางโดยสังเขป 2563"
        again = self._add(EDUCATION, book, "นักเรียน", 34_765, "คน", day, band="6–11", scope="ทุกสังกัด", **known)
        self._plant("printed_twice", [printed["6–11"], again], "two digits changed places: 34,675 and 34,765")
        rounded = "84,058 as a round number: no contradiction"
        self._add(
            EDUCATION,
            book,
            "นักเรียน",
            84_100,
            "คน",
            day,
            band="3–17",
            scope="รวมทุกสังกัด",
            off=("age_band",),
            note=rounded,
        )

    def _access_2567(self) -> None:
        title, day = "การเข้าถึงการศึกษา ปีการศึกษา 2567", date(2024, 6, 10)
        known: Any = {"ours": "nothing_known", "note": "no register of that day"}
        some: Any = {"ours": "differs", "note": "counted at school, ours from what partners send"}
        refs = [
            self._add(EDUCATION, title, measure, value, unit, day, band="6–11", scope=scope, **ours)
            for measure, value, unit, scope, ours in (
                ("ร้อยละการเข้าเรียน", 96.53, "ร้อยละ", "ทุกสังกัด", known),
                ("ผู้เรียน", 33_010, "คน", "ทุกสังกัด", some),
                ("ประชากร", 34_512, "คน", "ตามทะเบียนบ้าน", known),
            )
        ]
        self._plant("rate_contradicts_parts", refs, "33,010 of 34,512 is 95.65 percent")
        refs = [
            self._add(EDUCATION, title, "ผู้เรียน", 19_020, "คน", day, band="12–14", scope="ทุกสังกัด", **some),
            self._add(EDUCATION, title, "ประชากร", 18_870, "คน", day, band="12–14", scope="ตามทะเบียนบ้าน", **known),
        ]
        self._plant("numerator_above_denominator", refs, "150 more learners than children")

    def _participation(self) -> None:
        title, day = "อัตราการเข้าเรียน ปีการศึกษา 2568", date(2025, 6, 10)
        no_register: Any = {"ours": "nothing_known", "note": "no register of that day, so no rate"}
        gross = self._add(
            EDUCATION, title, "อัตราการเข้าเรียน", 104.3, "ร้อยละ", day, band="6–11", scope="อัตราหยาบ", **no_register
        )
        self._plant("ratio_over_100", [gross], "pupils of any age per children of the band")
        over = self._add(
            EDUCATION, title, "ร้อยละการเข้าเรียน", 101.2, "ร้อยละ", day, band="12–14", scope="ทุกสังกัด", **no_register
        )
        self._plant("over_100_percent", [over], "of the children of a band no more than all can learn")
        total = self._add(
            EDUCATION, title, "ผู้เรียน", 31_902, "คน", day, band="6–11", scope="รวมทุกสังกัด", ours="differs",
            note="counted at school, ours from what partners send; no register says how much of it we see",
        )  # fmt: skip
        parts = [
            self._add(EDUCATION, title, "ผู้เรียน", value, "คน", day, band="6–11", scope=scope, off=("scope",))
            for scope, value in (("สพฐ.", 31_250), ("โรงเรียนในพื้นที่ อปท.", 2_140))
        ]
        self._plant("counted_twice", [total, *parts], "1,488 pupils stand in both parts: the sum is above the total")

    def _shares(self) -> None:
        for year, shares in ((2566, (72.5, 18.2, 9.1, 3.2)), (2565, (70.4, 18.2, 9.1, 2.2))):
            refs = [
                self._add(
                    EDUCATION, f"ผู้เรียนตามสังกัด ปีการศึกษา {year}", "สัดส่วนผู้เรียน", share, "ร้อยละ", date(year - 543, 6, 10),
                    scope=scope, off=("indicator", "scope"),
                )
                for (scope, _), share in zip(SCHOOLS, shares, strict=True)
            ]  # fmt: skip
            if abs(sum(shares) - 100) > 1:
                self._plant("shares_not_100", refs, "the shares add up to 103.0; those of 2565, 99.9, are rounded")

    def _schools(self) -> None:
        day = date(2019, 6, 10)
        for scope, value in SCHOOLS:
            self._add(
                EDUCATION, "จำนวนสถานศึกษา ปีการศึกษา 2562", "สถานศึกษา", value, "แห่ง", day, scope=scope,
                off=("indicator", "scope"),
            )  # fmt: skip
        total = self._add(
            EDUCATION, "จำนวนสถานศึกษา ปีการศึกษา 2562", "สถานศึกษา", 685, "แห่ง", day, scope="รวมทุกสังกัด", off=("indicator",)
        )
        other = self._add(
            EDUCATION, "ข้อมูลพื้นฐานจังหวัด 2562", "สถานศึกษา", 776, "แห่ง", day, scope="รวมศูนย์พัฒนาเด็กเล็กและ กศน.",
            off=("indicator", "scope"),
        )  # fmt: skip
        self._plant("other_scope", [total, other], "the same office counts other places of learning on another page")
        common_era = "Schools, academic year 2023"
        self._add(EDUCATION, common_era, "schools", 668, "แห่ง", date(2023, 6, 10), scope="total", off=("indicator",))
        late = self._add(
            EDUCATION, "จำนวนสถานศึกษา ปีการศึกษา 2566", "สถานศึกษา", 671, "แห่ง", date(2024, 6, 10), scope="รวมทุกสังกัด",
            off=("indicator",),
        )  # fmt: skip
        self._plant("day_outside_year", [late], "10 June 2567 is in the academic year 2567")

    def _programme(self) -> None:
        title, day = "สองปีของทุนพัฒนาอาชีพ", date(2020, 12, 31)
        totals: tuple[tuple[str, int, str, dict[str, Any]], ...] = (
            ("ผู้ได้รับการพัฒนา", 14_414, "คน", {"off": ("area",)}),
            ("โครงการ", 194, "โครงการ", {"ours": "differs", "note": "ours has one of another programme beside"}),
            ("จังหวัด", 51, "จังหวัด", {"ours": "agrees"}),
            ("ภูมิภาค", 4, "ภูมิภาค", {"ours": "agrees"}),
        )
        people, *_ = [
            self._add(EEF, title, measure, value, unit, day, province="", scope="ทั้งประเทศ", **ours)
            for measure, value, unit, ours in totals
        ]
        target = self._add(
            EEF, "เป้าหมายปีแรก", "ผู้ได้รับการพัฒนา", 10_000, "คน", date(2019, 12, 31), province="", scope="ทั้งประเทศ, เป้าหมาย",
            off=("scope", "area"),
        )  # fmt: skip
        self._plant("other_scope", [people, target], "a target against what was reached")

    def _population(self) -> None:
        title, by_amphoe = "ประชากรวัยเรียนรายอำเภอ มกราคม 2569", self._by_amphoe(self._registered)
        registered: Any = {"scope": "ตามทะเบียนบ้าน"}
        of_amphoe: dict[str, list[str]] = {band: [] for band in BANDS}
        for amphoe, ages in by_amphoe.items():
            for band, years in BANDS.items():
                count = int(ages[list(years)].sum())
                of_amphoe[band].append(
                    self._add(
                        PROVINCE, title, "ประชากร", count, "คน", self.month,
                        band=band, amphoe=amphoe, ours="agrees", **registered,
                    )
                )  # fmt: skip
        whole, of_province = self._registered.sum(axis=0), {}
        for band, years in BANDS.items():
            wrong = ADDED if band == "12–14" else 0
            of_province[band] = self._add(
                PROVINCE, title, "ประชากร", int(whole[list(years)].sum()) + wrong, "คน", self.month,
                band=band, ours="differs" if wrong else "agrees", **registered,
            )  # fmt: skip
        note = f"printed {ADDED} above the sum"
        self._plant(
            "parts_do_not_add_up", [of_province["12–14"], *of_amphoe["12–14"]], f"{note} of the thirteen amphoe"
        )
        *bands, total = of_province.values()
        self._plant("parts_do_not_add_up", [total, *bands], f"{note} of the age bands")
        here = self._add(
            PROVINCE, "ประชากรที่อยู่จริง มกราคม 2569", "ประชากร", int(self._actual.sum(axis=0)[3:18].sum()), "คน", self.month,
            band="3–17", scope="อยู่จริง", ours="agrees",
        )  # fmt: skip
        self._plant("other_scope", [total, here], "registered against actual residence")
        self._add(
            PROVINCE, "ประชากรวัยเรียน 2565", "ประชากร", 88_412, "คน", date(2022, 6, 30), band="3–17", off=("residence",)
        )

    def _out_of_school(self) -> None:
        day, stock = date(2025, 5, 31), "คงค้าง ณ วันสำรวจ"
        narrow = self._add(
            EDUCATION,
            "เด็กนอกระบบการศึกษา 2568",
            "เด็กนอกระบบ",
            1_912,
            "คน",
            day,
            band="3–17",
            scope=stock,
            off=("age_band",),
        )
        wider = self._add(
            EEF, "Thailand Zero Dropout 2568", "เด็กนอกระบบ", 2_480, "คน", day, band="3–18", scope=stock,
            ours="differs", note="no register of that day says how much of it we see",
        )  # fmt: skip
        latest = self._add(
            EEF, "Thailand Zero Dropout 2569", "เด็กนอกระบบ", 2_610, "คน", date(2026, 2, 28), band="3–18", scope=stock,
            ours="differs_within_bounds", note="between what we see and what nobody has told us",
        )  # fmt: skip
        flow = self._add(
            EDUCATION, "เด็กออกกลางคัน ปีการศึกษา 2567", "เด็กออกกลางคัน", 214, "คน", day, band="3–17", scope="ตลอดปีการศึกษา",
            off=("age_band",),
        )  # fmt: skip
        for one in (wider, latest):
            self._plant("other_age_band", [narrow, one], "3 to 17 against 3 to 18 years")
        for one in (narrow, wider, latest):
            self._plant("stock_against_flow", [one, flow], "who is out on a day against who left in a year")
        self._add(
            EEF, "เด็กนอกระบบที่พบ ปีการศึกษา 2564", "เด็กนอกระบบ", 530, "คน", date(2022, 5, 31), band="3–18",
            scope="ตลอดปีการศึกษา", off=("stock_or_flow", "calendar"),
        )  # fmt: skip
        self._add(
            EEF, "Thailand Zero Dropout 2568", "เด็กนอกระบบ", 9_870, "คน", day, band="3–18", scope=stock, province="เชียงใหม่",
            off=("area",),
        )  # fmt: skip
        title, day = "เด็กนอกระบบ 2559", date(2016, 5, 31)
        thousands = [
            self._add(EDUCATION, title, "เด็กนอกระบบ", 2.5, "พันคน", day, band="3–18", scope=stock, off=("unit",)),
            self._add(EDUCATION, title, "เด็กนอกระบบ", 2_310, "คน", day, band="3–17", scope=stock, off=("age_band",)),
        ]
        self._plant("mixed_units", thousands, "persons and thousands of persons in one column")

    def _dropouts(self) -> None:
        title, day = "อัตราออกกลางคัน ปีการศึกษา 2567", date(2025, 5, 31)
        rates = [
            self._add(EDUCATION, title, DROPOUT, value, unit, day, band=band, scope="สพฐ.", off=("scope",))
            for value, unit, band in ((0.25, "ร้อยละ", "6–11"), (4.1, "ต่อพันคน", "12–14"))
        ]
        self._plant("mixed_units", rates, "a percent and a rate per thousand in one column")
        self._add(
            EDUCATION, "ผู้ออกกลางคัน ปีงบประมาณ 2561", "ผู้ออกกลางคัน", 301, "คน", date(2018, 9, 30), scope="ทุกสังกัด",
            off=("calendar",),
        )  # fmt: skip
        self._add(
            EDUCATION, "การออกกลางคัน ปีการศึกษา 2566", DROPOUT, 0.31, "ร้อยละ", date(2024, 5, 15), scope="ทุกสังกัด",
            ours="nothing_known", note="rosters of that year are not held",
        )  # fmt: skip

    def _words_nobody_knows(self) -> None:
        title, day = "ทุนการศึกษา 2568", date(2025, 8, 1)
        bands = [
            self._add(EEF, title, "ผู้รับทุน", value, "คน", day, band=band, off=("indicator",))
            for band, value in (("3–18", 410), ("15–24", 190), ("", 600))
        ]
        self._plant(
            "counted_twice", [bands[2], *bands[:2]], "who is 15 to 18 stands in both bands, and twice in the total"
        )
        self._add(
            EEF, "เด็กนอกระบบ ไม่รวมต่างด้าว 2567", "เด็กนอกระบบ", 2_204, "คน", date(2024, 2, 29), band="3–18",
            scope="ไม่รวมต่างด้าว", off=("scope",),
        )  # fmt: skip

    @staticmethod
    def _by_amphoe(people: np.ndarray) -> dict[str, np.ndarray]:
        sums: dict[str, np.ndarray] = {}
        for at, area in enumerate(areas()):
            sums[area.amphoe] = sums.get(area.amphoe, 0) + people[at]
        return sums
