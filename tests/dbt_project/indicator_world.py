"""A made-up province of a few hundred persons with every record type, for the tests of the indicators."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import count
from uuid import UUID

from dbt_warehouse import World

NIGHT = date(2026, 3, 2)
PERSONS = 320
PARTNERS = {"club": "unit", "town": "municipal_centre", "abe": "abe_university", "office": "reference"}
TAMBON = ("520101", "520102", "520301", "520302", "521304", "521301", "520901")
GRADES = ("K3", "P1", "P2", "P6", "M1", "M2", "M3", "M4", "V1")
LEVELS = dict.fromkeys(("K3",), "early_childhood") | dict.fromkeys(("P1", "P2", "P6"), "primary")
LEVELS |= dict.fromkeys(("M1", "M2", "M3"), "lower_secondary") | {
    "M4": "upper_secondary",
    "V1": "vocational_certificate",
}
REASONS = ("completed", "completed", "dropped_out", "moved", "deceased", None)
STAGES = ("listed", "surveyed", "found", "planned", "referred", "helped", "learning", "retained")
WORK = ("employed", "self_employed", "family_work", "unemployed", "not_in_labour_force", "unknown")
PROJECTS = ("A", "B", "C")


def key(number: int) -> str:
    return str(UUID(int=number))


class Province:
    """Throws the dice and hands the records to the world."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice, self.keys = world, random.Random(seed), count(1_000_000)
        self.deliveries = {}
        for partner, family in PARTNERS.items():
            world.source(partner, family)
            night = date(2026, 2, self.dice.randint(1, 28))
            self.deliveries[partner] = world.delivery(
                partner, night, rows_loaded=90, rows_quarantined=7, rows_repeated=3
            )
        self.people = [self.somebody(number) for number in range(1, PERSONS + 1)]

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.dice.randrange((last - first).days + 1))

    def somebody(self, number: int) -> dict:
        """A person block, the same at every partner."""
        pick, child = self.dice.choice, self.chance(0.6)
        age = self.dice.choice((5, 5, *range(3, 20))) if child else self.dice.randint(15, 70)
        tambon = pick(TAMBON) if self.chance(0.9) else None
        elsewhere = tambon is None and self.chance(0.5)
        self.world.person(key(number), *(key(1000 * place + number) for place in range(1, len(PARTNERS) + 1)))
        born = date(2026 - age, self.dice.randint(1, 12), self.dice.randint(1, 28)) if self.chance(0.97) else None
        return {
            "number": number, "age": age, "sex": pick(("male", "female", "female", None)), "birth_date": born,
            "national_id_kind": pick(("citizen", "citizen", "no_status", "g_code", None)),
            "nationality": pick(("ไทย", "Thai", "เมียนมา", None)), "tambon_code": tambon,
            "amphoe_code": tambon[:4] if tambon else "5001" if elsewhere else None,
            "province_code": "50" if elsewhere else "52" if tambon else None,
            "residence_kind": pick(("registered", "actual", None)),
            "disability_type": pick(("none", "none", "moving", None)),
        }  # fmt: skip

    def send(
        self, record_type: str, partner: str, person: dict | None = None, block: bool = True, **fields: object
    ) -> None:
        """One record; of a person with their block or by reference alone."""
        if person:
            place = list(PARTNERS).index(partner) + 1
            fields["partner_person_key"] = key(1000 * place + person["number"])
            if block:
                fields |= {name: value for name, value in person.items() if name not in ("number", "age")}
        self.world.record(record_type, partner, self.deliveries[partner], key(next(self.keys)), **fields)

    def fill(self) -> None:
        """Everything."""
        for part in (self.projects, self.schooling, self.training, self.fund, self.register, self.community):
            part()

    def projects(self) -> None:
        for number, ref in enumerate((*PROJECTS, *"DEFGH")):
            self.send(
                "project", "town" if ref == "C" else "club", project_ref=ref, title=ref, unit=self.dice.choice(("U1", "U2", None)),
                programme=self.dice.choice(("career_fund_model", "area_based_education")), started_on=date(2024, 6, 1),
                ended_on=None if ref == "B" else date(2025, 12, 31), province_code=self.dice.choice(("52", "43", "10", "90", None)),
                contract_signed_on=date(2022 + number % 5, 5, 1) if ref != "H" else None,
            )  # fmt: skip

    def schooling(self) -> None:
        for person in self.people:
            if person["age"] > 19:
                continue
            grade = self.dice.choice(GRADES)
            if self.chance(0.5):
                started = self.day(date(2023, 5, 16), date(2025, 12, 1))
                ended = self.day(started, date(2026, 3, 20)) if self.chance(0.5) else None
                self.send(
                    "enrolment", "abe", person, block=False, grade=grade if self.chance(0.8) else None, level=LEVELS[grade],
                    kind=self.dice.choice(("formal", "vocational", "non_formal", "informal_training")), started_on=started,
                    ended_on=ended, end_reason=self.dice.choice(REASONS) if ended else None,
                )  # fmt: skip
            if self.chance(0.5):
                flags = self.dice.sample(("poverty", "attendance", "health"), self.dice.randint(0, 2))
                self.send(
                    "learner_screening", "abe", person, school="S", level=LEVELS[grade], grade=grade, academic_year=2568,
                    screened_on=self.day(date(2025, 6, 1), date(2026, 3, 10)), risk_flags=flags,
                )  # fmt: skip
            for year, at, then in ((2567, grade, grade), (2568, None, GRADES[(GRADES.index(grade) + 1) % len(GRADES)])):
                for term in ("june_10", "year_end"):
                    if self.chance(0.55) and not (year == 2568 and term == "year_end"):
                        school = self.dice.choice(("S", "T", "small"))
                        if not (term == "year_end" and school == "small"):
                            self.send("school_roster", "office", person, school=school, grade=at or then, academic_year=year,
                                      round=term)  # fmt: skip
            if self.chance(0.35):
                listed = self.day(date(2025, 5, 1), date(2026, 2, 25))
                for stage in STAGES[(0 if self.chance(0.9) else 1) : self.dice.randint(1, 8)]:
                    listed += timedelta(days=self.dice.randint(0, 30))
                    self.send(
                        "case_event", "abe", person, case_ref=f"C{person['number']}", case_stage=stage, event_on=listed
                    )
            for name, as_of in (("L1", date(2024, 9, 1)), ("L2", date(2025, 9, 1))):
                if self.chance(0.2):
                    self.send("out_of_school_baseline", "office", person, list_ref=name, as_of=as_of,
                              never_enrolled=self.chance(0.4), left_school=self.chance(0.2))  # fmt: skip

    def training(self) -> None:
        for number in range(40):
            place = self.dice.choice((1, 2))
            trainer = key(1000 * place + self.dice.randint(1, PERSONS)) if self.chance(0.7) else None
            self.send(
                "activity", ("club", "town")[place - 1], activity_ref=f"X{number}", trainer_key=trainer,
                held_on=self.day(date(2024, 7, 1), date(2026, 3, 10)),
                skill_area=self.dice.choice(("occupational", "management_21c", "household_economics", None)),
            )  # fmt: skip
        for person in self.people:
            if person["age"] < 15 or self.chance(0.2):
                continue
            for ref in self.dice.sample(PROJECTS, self.dice.randint(1, 2)):
                joined = self.day(date(2024, 6, 1), date(2025, 6, 1))
                last = self.dice.choice((date(2025, 2, 1), date(2026, 3, 10)))
                left = self.day(joined, max(joined, last)) if self.chance(0.8) else None
                self.send(
                    "participant", "town" if ref == "C" else "club", person, project_ref=ref, joined_on=joined, left_on=left,
                    exit_reason=self.dice.choice(REASONS) if left else None,
                    target_groups=self.dice.choice((None, ["elderly"], ["financially_disadvantaged", "working_age"])),
                    baseline_occupation=self.dice.choice(("รับจ้าง", "Farmer", None)),
                    baseline_monthly_income=self.dice.choice((0, 4000, 9000, None)),
                )  # fmt: skip
            for number in self.dice.sample(range(40), self.dice.randint(0, 5)):
                self.send(
                    "attendance", self.dice.choice(("club", "town")), person, block=False, activity_ref=f"X{number}",
                    passed=self.dice.choice((True, True, False, None)), pre_score=self.dice.choice((40, 60, None)),
                    post_score=self.dice.choice((50, 70, None)), credential=self.dice.choice((None, None, "ใบประกาศ", " ")),
                )  # fmt: skip
            for _ in range(self.dice.randint(0, 4)):
                followed = self.day(date(2024, 8, 1), date(2026, 3, 10))
                for partner in ("club", "town")[: 2 if self.chance(0.2) else 1]:
                    self.send(
                        "outcome", partner, person, block=False, followed_up_on=followed,
                        work_status=self.dice.choice(WORK), monthly_income=self.dice.choice((0, 3000, 8500, None)),
                        occupation=self.dice.choice(("รับจ้าง", "farmer ", "ค้าขาย", None)), business_registered=self.chance(0.1),
                    )  # fmt: skip

    def fund(self) -> None:
        for person in self.people[::3]:
            joined = self.day(date(2024, 1, 1), date(2026, 3, 5))
            left = self.day(joined, date(2026, 3, 10)) if self.chance(0.2) else None
            self.send("fund_member", "club", person, fund_ref="F", joined_on=joined, left_on=left)
            for kind in self.dice.choices(
                ("saving_in", "saving_in", "saving_out", "welfare_payment", "advance", "repayment"), k=8
            ):
                booked = self.day(date(2025, 1, 1), date(2026, 3, 5))
                due = (
                    booked + timedelta(days=self.dice.choice((20, 60)))
                    if kind == "advance" and self.chance(0.9)
                    else None
                )
                self.send("fund_transaction", "club", person, block=False, fund_ref=self.dice.choice("FG"), kind=kind,
                          amount_baht=self.dice.choice((100, 250, 500)), booked_on=booked, due_on=due)  # fmt: skip
            asked = self.day(date(2025, 1, 1), date(2026, 2, 20))
            self.send("device_service", "club", person, block=False, device_type="x", requested_on=asked,
                      service_kind=self.dice.choice(("repaired", "procured")),
                      done_on=self.day(asked, date(2026, 3, 10)) if self.chance(0.8) else None)  # fmt: skip

    def register(self) -> None:
        for as_of in (date(2025, 1, 1), date(2026, 1, 1), date(2026, 3, 3)):
            for tambon in (*TAMBON[:-1], "500101"):
                for age in (2, 3, 5, 8, 11, 13, 16, 18, 19):
                    for sex in ("male", "female"):
                        for residence in ("registered", "actual"):
                            self.send("population_register", "office", tambon_code=tambon, age=age, sex=sex, as_of=as_of,
                                      residence_kind=residence, count=self.dice.randint(0, 60))  # fmt: skip

    def community(self) -> None:
        for number in range(12):
            self.send("community_group", "club", group_ref=f"G{number}", name="x", kind=self.dice.choice(("group", "network", None)),
                      formed_on=self.day(date(2024, 1, 1), date(2026, 3, 10)), members=self.dice.choice((5, 20, None)),
                      project_ref=self.dice.choice(("A", "B", "Z", None)), amphoe_code=self.dice.choice(("5203", None)))  # fmt: skip
            self.send("product", "club", partner_record_ref=f"P{number}", name="x", kind=self.dice.choice(("product", "service")),
                      price_before=self.dice.choice((10, None)), price_after=self.dice.choice((20, None)),
                      online_channel=self.dice.choice(("Line", " ", None, None)), project_ref=self.dice.choice(("A", None)))  # fmt: skip
        for _ in range(60):
            self.send("personnel_training", "abe", staff_key=key(9_000 + self.dice.randint(1, 30)), course="x",
                      role=self.dice.choice(("teacher", None)), level=self.dice.choice(("primary", None)),
                      completed_on=self.day(date(2025, 1, 1), date(2026, 3, 10)))  # fmt: skip
            person = self.dice.choice(self.people) if self.chance(0.6) else None
            self.send("food_bank_distribution", "town", person, block=False, weight_kg=self.dice.choice((1, 2.5)),
                      household_key=key(8_000 + self.dice.randint(1, 20)) if person is None or self.chance(0.3) else None,
                      given_on=self.day(date(2025, 1, 1), date(2026, 3, 10)))  # fmt: skip
