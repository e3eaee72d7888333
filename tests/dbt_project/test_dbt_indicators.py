"""All indicators of a made-up province, computed a second time from the facts of core with pandas, row by row alike.

The second computation follows `indicators.md` and the rules of the definitions, one person at a time and in no SQL; what it
takes over is the facts, the spells and who is who, which have tests of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pytest
from indicator_world import LEVELS, NIGHT, STAGES, Province, key

LEARNING = ("enrolled_formal", "enrolled_non_formal")
OUT = ("out_of_school", "never_enrolled")
AT_SCHOOL = ("formal", "vocational", "non_formal")
LEVEL_AGES = {"early_childhood": (3, 5), "primary": (6, 11), "lower_secondary": (12, 14), "upper_secondary": (15, 17)}
FEW = 3
Group = tuple[str, str, str]
Row = tuple[Decimal | None, Decimal | None, Decimal | None]


def number(value: Any, places: int = 2) -> Decimal | None:
    """As Postgres rounds: halves away from zero."""
    return None if value is None else Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def ratio(n: Any, d: Any, times: int = 100, places: int = 2) -> Decimal | None:
    return number(Decimal(str(n)) * times / Decimal(str(d)), places) if d else None


def months_after(day: date, months: int) -> date:
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def quarter_of(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def band(age: int | None, school: bool = False) -> str:
    if age is None:
        return "unknown"
    if school and age == 18:
        return "18"
    for last, name in (
        (2, "0-2"),
        (5, "3-5"),
        (11, "6-11"),
        (14, "12-14"),
        (17, "15-17"),
        (24, "18-24"),
        (59, "25-59"),
    ):
        if age <= last:
            return name
    return "60+"


class Catalogue:
    """The facts as known now, and what follows from them: measure → group → (numerator, denominator, value)."""

    def __init__(self, connection: Any) -> None:
        self.rows: dict[tuple[str, str], dict[Group, Row]] = {}
        self.facts: dict[str, list[dict]] = {}
        for table in (
            "dim_person", "dim_partner_person", "dim_project", "education_spell", "work_spell", "fct_activity", "fct_attendance",
            "fct_case_event", "fct_community_group", "fct_device_service", "fct_enrolment", "fct_food_bank", "fct_fund_membership",
            "fct_fund_transaction", "fct_out_of_school_baseline", "fct_outcome", "fct_participation", "fct_personnel_training",
            "fct_population", "fct_product", "fct_school_roster", "fct_screening", "fct_delivery", "province_region",
        ):  # fmt: skip
            cursor = connection.execute(f"select * from core.{table}")
            frame = pd.DataFrame(
                cursor.fetchall(), columns=[column.name for column in cursor.description or ()], dtype=object
            )
            if "known_to" in frame:
                frame = frame[frame["known_to"].isna()]
            self.facts[table] = frame.astype(object).where(frame.notna(), None).to_dict("records")
        self.projects = {row["project_key"]: row for row in self.facts["dim_project"]}
        for row in self.facts["fct_participation"]:
            row["programme"] = self.projects[row["project_key"]]["programme"] or "unknown"
            row["until"] = row["left_on"] or self.projects[row["project_key"]]["ended_on"]
        self.joined = [row for row in self.facts["fct_participation"] if row["joined_on"] <= NIGHT]
        self.activities = {row["activity_key"]: row for row in self.facts["fct_activity"]}
        self.screened = self.latest_screening()
        self.people = {row["person_key"]: self.person(row) for row in self.facts["dim_person"]}
        self.schooling, self.status = (
            self.on_the_day("education_spell", "schooling_status"),
            self.on_the_day("education_spell", "education_status"),
        )
        self.work = self.on_the_day("work_spell", "work_status")
        self.sent = defaultdict(set)
        for row in self.facts["dim_partner_person"]:
            self.sent[row["person_key"]].add(("partner", row["source"]))
        for row in self.joined:
            if row["programme"] != "unknown":
                self.sent[row["person_key"]].add(("programme", row["programme"]))

    # --- who is who ------------------------------------------------------------------------------------------------

    def latest_screening(self) -> dict[Any, dict]:
        latest: dict[Any, dict] = {}
        for row in self.facts["fct_screening"]:
            before = latest.get(row["person_key"])
            if row["screened_on"] <= NIGHT and (before is None or row["screened_on"] > before["screened_on"]):
                latest[row["person_key"]] = row
        return latest

    def person(self, row: dict) -> dict:
        who, age = row["person_key"], row["age"]
        groups = [set(p["target_groups"]) for p in self.joined if p["person_key"] == who and p["target_groups"]]
        asked = [*(["financially_disadvantaged" in group for group in groups])]
        if who in self.screened:
            asked.append("poverty" in (self.screened[who]["risk_flags"] or []))
        words = {True: "with_disability", False: "without_disability", None: "unknown"}
        return {
            "age": age, "resident": row["is_present"] and row["province_code"] in (None, "52"), "province": row["province_code"] or "unknown",
            "amphoe": row["amphoe_code"], "tambon": row["tambon_code"], "sex": row["sex"] or "unknown",
            "age_band": band(age), "school_band": band(age, school=True), "national_id_kind": row["national_id_kind"] or "unknown",
            "nationality": "unknown" if row["nationality"] is None else "thai" if row["nationality"] in ("ไทย", "Thai") else "other",
            "disability": words[None if row["disability_type"] is None else row["disability_type"] != "none"],
            "poverty": "poor" if any(asked) else "not_poor" if asked else "unknown", "residence_kind": row["residence_kind"] or "unknown",
        }  # fmt: skip

    def on_the_day(self, spells: str, status: str) -> dict[Any, str]:
        return {
            row["person_key"]: row[status]
            for row in self.facts[spells]
            if row["valid_from"] <= NIGHT and (row["valid_to"] is None or row["valid_to"] > NIGHT)
        }

    def groups(self, who: Any, school: bool = False, residence: bool = False, affiliated: bool = False) -> list[Group]:
        person = self.people[who]
        age_band = person["school_band" if school else "age_band"]
        found = [("52", "all", "all"), ("52", "sex", person["sex"]), ("52", "age_band", age_band)]
        found += [("52", name, person[name]) for name in ("national_id_kind", "nationality", "disability", "poverty")]
        found += [("52", "sex_age_band", f"{person['sex']}/{age_band}")]
        if residence:
            found.append(("52", "residence_kind", person["residence_kind"]))
        amphoe = person["amphoe"] or ""
        if amphoe.startswith("52"):
            found += [(amphoe, "all", "all"), (amphoe, "sex", person["sex"])]
            if person["tambon"]:
                found.append((person["tambon"], "all", "all"))
            if residence:
                found.append((amphoe, "residence_kind", person["residence_kind"]))
        return found + ([("52", *pair) for pair in self.sent[who]] if affiliated else [])

    # --- what is written down ----------------------------------------------------------------------------------------

    def counts(
        self, counted: dict[Any, bool], several: Iterable[tuple[Any, str, str]] = (), **which: bool
    ) -> dict[Group, list[int]]:
        """Of persons, whether each is counted: n and d of every group; `several` names groups of which one may be in many."""
        found: dict[Group, list[int]] = defaultdict(lambda: [0, 0])
        for who, yes in counted.items():
            for group in self.groups(who, **which):
                found[group][0] += yes
                found[group][1] += 1
        for who, dimension, member in {item for item in several if item[0] in counted}:
            found["52", dimension, member][0] += counted[who]
            found["52", dimension, member][1] += 1
        return found

    def rate(self, indicator: str, measure: str, counts: dict[Group, list[int]], times: int = 100) -> None:
        self.rows[indicator, measure] = {
            g: (Decimal(n), Decimal(d) if d is not None else None, ratio(n, d, times)) for g, (n, d) in counts.items()
        }

    def total(self, indicator: str, measure: str, counts: dict[Group, list[int]]) -> None:
        self.rows[indicator, measure] = {g: (Decimal(n), None, Decimal(n)) for g, (n, _) in counts.items()}

    def amount(self, indicator: str, measure: str, values: dict[Group, Any]) -> None:
        self.rows[indicator, measure] = {
            g: (None, None, None if v is None else Decimal(str(v))) for g, v in values.items()
        }

    def share(
        self, indicator: str, measure: str, values: dict[Group, tuple[Any, Any]], times: int = 100, places: int = 2
    ) -> None:
        self.rows[indicator, measure] = {
            g: (Decimal(str(n)), None if d is None else Decimal(str(d)), ratio(n, d, times, places))
            for g, (n, d) in values.items()
        }

    def per_register(self, counts: dict[Group, list[int]], first: int, last: int) -> dict[Group, list]:
        """The denominator of each group from the latest register up to the night."""
        found: dict[Group, int] = defaultdict(int)
        lines = [
            r for r in self.facts["fct_population"] if r["as_of"] == date(2026, 1, 1) and r["province_code"] == "52"
        ]
        for row in lines:
            if not first <= row["age"] <= last:
                continue
            kind, ages = row["residence_kind"], band(row["age"], school=True)
            groups = [("52", "residence_kind", kind), (row["amphoe_code"], "residence_kind", kind)]
            if kind == "registered":
                groups += [("52", "all", "all"), (row["amphoe_code"], "all", "all"), (row["tambon_code"], "all", "all")]
                groups += [
                    ("52", "sex", row["sex"]),
                    ("52", "age_band", ages),
                    ("52", "sex_age_band", f"{row['sex']}/{ages}"),
                ]
                groups += [(row["amphoe_code"], "sex", row["sex"])]
            for group in groups:
                found[group] += row["persons"]
        return {group: [n, found.get(group)] for group, (n, _) in counts.items()}

    def participations(self, rows: Iterable[dict]) -> list[tuple[Any, str, str]]:
        return [
            (r["person_key"], *pair) for r in rows for pair in (("partner", r["source"]), ("programme", r["programme"]))
        ]

    # --- the indicators ----------------------------------------------------------------------------------------------

    def i01_to_i06(self) -> None:
        ages = {who: p["age"] for who, p in self.people.items() if p["resident"] and p["age"] is not None}
        known = {who for who, age in ages.items() if 3 <= age <= 18 and self.schooling.get(who, "unknown") != "unknown"}
        which = {"school": True, "residence": True}
        out = self.counts({who: self.schooling[who] in OUT for who in known}, affiliated=True, **which)
        enrolled = self.counts({who: self.schooling[who] in LEARNING for who in known}, **which)
        self.rate("I01", "out_of_school_rate", self.per_register(out, 3, 18))
        self.total("I02", "out_of_school", out)
        trains = {who: self.schooling[who] in OUT and self.status[who] == "in_training" for who in known}
        self.total("I02", "out_of_school_in_training", self.counts(trains, **which))
        self.rate("I05", "enrolment_rate", self.per_register(enrolled, 3, 18))

        levels, risks = self.levels(), {who: bool(row["risk_flags"]) for who, row in self.screened.items()}
        for name, first, last in (("d1", 5, 5), ("d2", 6, 11), ("d3", 12, 14)):
            exposed = {
                who: self.schooling[who] in OUT or (name != "d1" and levels.get(who) == "early_childhood")
                for who in known if first <= ages[who] <= last
            }  # fmt: skip
            counts = self.counts(exposed, **which)
            self.rate("I03", f"oosci_{name}_rate", self.per_register(counts, first, last))
            self.total("I03", f"oosci_{name}", counts)
        residents = {who: level for who, level in levels.items() if self.people[who]["resident"]}
        for name, level in (("d4", "primary"), ("d5", "lower_secondary")):
            counts = self.counts(
                {who: risks.get(who, False) for who, at in residents.items() if at == level}, residence=True
            )
            self.rate("I03", f"oosci_{name}_rate", counts)
            self.total("I03", f"oosci_{name}", counts)
        for level, (first, last) in LEVEL_AGES.items():
            counts = self.counts({who: True for who, at in residents.items() if at == level}, residence=True)
            counts = {group: pair for group, pair in counts.items() if "age_band" not in group[1]}
            self.rate("I06", f"gross_enrolment_{level}", self.per_register(counts, first, last))

        told = [r for r in self.facts["fct_out_of_school_baseline"] if r["as_of"] <= NIGHT]
        spells = [r for r in self.facts["education_spell"] if r["valid_from"] <= NIGHT]
        once = {r["person_key"] for r in spells if r["schooling_status"] in (*LEARNING, "completed")}
        once |= {
            r["person_key"] for r in self.facts["fct_enrolment"] if r["kind"] in AT_SCHOOL and r["started_on"] <= NIGHT
        }
        once |= {r["person_key"] for r in told if r["left_school"] or r["last_grade"]}
        never = {r["person_key"] for r in spells if r["schooling_status"] == "never_enrolled"} | {
            r["person_key"] for r in told if r["never_enrolled"]
        }
        exposure: dict[Group, list[int]] = {}
        types = ("never_entered", "left_early", "expected_late_entry", "unknown")
        for who in (who for who in known if self.schooling[who] in OUT):
            kind = (
                "left_early"
                if who in once
                else "unknown"
                if who not in never
                else "expected_late_entry"
                if ages[who] < 7
                else "never_entered"
            )
            for area in ("52", self.people[who]["amphoe"]):
                for name in types if (area or "").startswith("52") else ():
                    pair = exposure.setdefault((area, "exposure_type", name), [0, 0])
                    pair[0] += name == kind
                    pair[1] += 1
        self.rate("I04", "exposure_share", exposure)
        for area in {group[0] for group in exposure}:
            assert (
                sum(exposure[area, "exposure_type", name][0] for name in types)
                == exposure[area, "exposure_type", "unknown"][1]
            )

    def levels(self) -> dict[Any, str]:
        """The level at which each learner is: the first by precedence, then the latest."""
        stage = LEVELS | {"vocational_certificate": "upper_secondary"}
        stages = {grade: stage.get(level, level) for grade, level in LEVELS.items()}
        told = defaultdict(list)
        for row in self.facts["fct_enrolment"]:
            if (
                row["kind"] in AT_SCHOOL
                and row["started_on"] <= NIGHT
                and (row["ended_on"] is None or row["ended_on"] > NIGHT)
            ):
                level = stages.get(row["grade"]) or stage.get(row["level"], row["level"])
                told[row["person_key"]].append(
                    (2 if row["kind"] == "non_formal" else 1, -row["started_on"].toordinal(), level)
                )
        for table, day in (("fct_school_roster", "counted_on"), ("fct_screening", "screened_on")):
            for row in self.facts[table]:
                if row[day] <= NIGHT and row["academic_year"] == 2568:
                    told[row["person_key"]].append((3, -row[day].toordinal(), stages[row["grade"]]))
        return {who: min(words)[2] for who, words in told.items() if self.schooling.get(who) in LEARNING}

    def i08_i09(self) -> None:
        rosters = [r for r in self.facts["fct_school_roster"] if r["counted_on"] <= NIGHT]
        ends = date(2025, 5, 15)  # of 2567, the last year that is over
        closed = {
            (r["source"], r["school"]) for r in rosters if r["academic_year"] == 2567 and r["round"] == "year_end"
        }
        june = {
            r["person_key"] for r in rosters
            if r["academic_year"] == 2567 and r["round"] == "june_10" and (r["source"], r["school"]) in closed
        }  # fmt: skip
        kept = {r["person_key"] for r in rosters if r["academic_year"] == 2567 and r["round"] == "year_end"}
        for row in self.facts["fct_enrolment"]:
            if row["kind"] in AT_SCHOOL and row["started_on"] <= ends:
                goes_on = row["ended_on"] is None or row["ended_on"] > ends
                done = row["end_reason"] == "completed" and row["ended_on"] and row["ended_on"] > date(2024, 6, 10)
                if goes_on or done or row["end_reason"] == "deceased":
                    kept.add(row["person_key"])
        kept |= {
            r["person_key"]
            for r in self.facts["fct_participation"]
            if r["exit_reason"] == "deceased" and r["left_on"] and r["left_on"] <= ends
        }
        lost = self.counts({who: who not in kept for who in june}, school=True)
        self.rate("I08", "dropout_percent", lost)
        self.rate("I08", "dropout_per_1000", lost, times=1000)
        grades: dict[int, dict[str, set]] = {2567: defaultdict(set), 2568: defaultdict(set)}
        for row in rosters:
            if row["round"] == "june_10":
                grades[row["academic_year"]][row["grade"]].add(row["person_key"])
        cohort, section = {}, {}
        steps = {
            "early_childhood_to_primary": ("K3", ["P1"]), "primary_to_lower_secondary": ("P6", ["M1"]),
            "lower_to_upper_secondary": ("M3", ["M4", "V1"]),
        }  # fmt: skip
        for step, (last, firsts) in steps.items():
            pupils = grades[2567][last]
            new = set().union(*(grades[2568][g] for g in firsts)) - set().union(*(grades[2567][g] for g in firsts))
            for area in {"52"} | {
                self.people[who]["amphoe"]
                for who in pupils | new
                if (self.people[who]["amphoe"] or "").startswith("52")
            }:
                here = {who for who in self.people if area == "52" or self.people[who]["amphoe"] == area}
                cohort[area, "transition", step] = [len(pupils & new & here), len(pupils & here)]
                section[area, "transition", step] = [len(new & here), len(pupils & here)]
        self.rate("I09", "transition_cohort", cohort)
        self.rate("I09", "transition_cross_section", section)

    def i10_to_i14(self) -> None:
        youth = [
            who for who, p in self.people.items() if p["resident"] and p["age"] is not None and 15 <= p["age"] <= 24
        ]
        known = [who for who in youth if self.work.get(who, "unknown") != "unknown"]
        idle = {
            who: self.work[who] not in ("employed", "self_employed", "family_work") and self.status.get(who) not in (*LEARNING, "in_training")
            for who in known
        }  # fmt: skip
        self.rate("I10", "neet_rate", self.counts(idle, residence=True, affiliated=True))

        formal = [who for who, status in self.status.items() if status == "enrolled_formal"]
        flags = {who: self.screened[who]["risk_flags"] or [] if who in self.screened else [] for who in formal}
        risk = self.counts(
            {who: bool(flags[who]) for who in formal},
            [(w, "partner", self.screened[w]["source"]) for w in formal if w in self.screened],
        )
        for flag in {flag for told in flags.values() for flag in told}:
            risk["52", "risk_flag", flag] = [sum(flag in told for told in flags.values()), len(formal)]
        self.rate("I11", "at_risk_rate", risk)

        began = defaultdict(list)
        for row in self.facts["fct_enrolment"]:
            if row["kind"] in AT_SCHOOL and row["started_on"] <= NIGHT:
                began[row["person_key"]].append(row["started_on"])
        for row in self.facts["fct_school_roster"]:
            if row["counted_on"] <= NIGHT:
                began[row["person_key"]].append(row["counted_on"])
        back: dict[str, dict[Any, bool]] = defaultdict(dict)
        for row in self.facts["fct_out_of_school_baseline"]:
            back[row["list_key"]][row["person_key"]] = any(day > row["as_of"] for day in began[row["person_key"]])
        counts = self.counts(back["office/L2"], school=True, affiliated=True)
        for name, people in back.items():
            counts["52", "list", name] = [sum(people.values()), len(people)]
        self.rate("I12", "return_rate", counts)

        cases = defaultdict(list)
        for row in self.facts["fct_case_event"]:
            if row["event_on"] <= NIGHT:
                cases[row["person_key"]].append((row["event_on"], STAGES.index(row["case_stage"])))
        funnel = {}
        for area in {"52"} | {
            self.people[who]["amphoe"] for who in cases if (self.people[who]["amphoe"] or "").startswith("52")
        }:
            furthest = [
                max(s for _, s in events) for who, events in cases.items() if area in ("52", self.people[who]["amphoe"])
            ]
            reached = [sum(f >= position for f in furthest) for position in range(len(STAGES))]
            for position, stage in enumerate(STAGES):
                funnel[area, "case_stage", stage] = [reached[position], reached[position - 1] if position else None]
        self.rate("I13", "reached_stage", funnel)

        waits: dict[Group, list[tuple[int, bool]]] = defaultdict(list)
        for who, events in cases.items():
            listed = min((day for day, stage in events if stage == 0), default=None)
            if listed is not None:
                helped = min(
                    (day for day, stage in events if stage >= STAGES.index("helped") and day >= listed), default=None
                )
                for group in self.groups(who):
                    waits[group].append((((helped or NIGHT) - listed).days, helped is not None))
        self.amount("I14", "median_days_to_help", {group: kaplan_meier(times) for group, times in waits.items()})

    def i15_to_i20(self) -> None:
        done = [
            r
            for r in self.facts["fct_participation"]
            if r["exit_reason"] == "completed" and r["until"] and r["until"] <= NIGHT
        ]
        places = [(r["person_key"], "province", self.people[r["person_key"]]["province"]) for r in done]
        developed = self.counts({r["person_key"]: True for r in done}, [*self.participations(done), *places])
        self.total("I15", "people_developed", developed)
        people = developed["52", "all", "all"][0]
        for name, goal in (("low", 5000), ("high", 10000)):
            self.share("I17", f"attainment_of_{name}_target", {("52", "all", "all"): (people, goal)}, 1, 4)

        regions = {row["province_code"]: row["region"] for row in self.facts["province_region"]}
        signed = [p for p in self.projects.values() if p["contract_signed_on"] and p["contract_signed_on"] <= NIGHT]
        by: dict[Group, list[dict]] = defaultdict(list)
        for project in signed:
            for pair in (
                ("all", "all"), ("calendar_year", str(project["contract_signed_on"].year + 543)), ("programme", project["programme"]),
                ("partner", project["source"]), ("region", regions.get(project["province_code"], "unknown")),
            ):  # fmt: skip
                by["52", *pair].append(project)
        things: dict[str, Callable[[dict], Any]] = {
            "projects": lambda p: p["project_key"], "provinces": lambda p: p["province_code"],
            "regions": lambda p: regions.get(p["province_code"]), "units": lambda p: p["unit"] or p["source"],
        }  # fmt: skip
        for name, of in things.items():
            self.total(
                "I16", f"contracted_{name}", {g: [len({of(p) for p in found} - {None}), 0] for g, found in by.items()}
            )

        ended = [
            r
            for r in self.joined
            if (r["left_on"] and r["left_on"] <= NIGHT)
            or ((e := self.projects[r["project_key"]]["ended_on"]) and e <= NIGHT)
        ]
        # a person counts in a partner or programme by what they did there
        self.rate("I18", "completion_rate", self.by_place(ended, lambda r: r["exit_reason"] == "completed"))

        passed = defaultdict(set)
        for row in self.facts["fct_attendance"]:
            activity = self.activities.get(row["activity_key"])
            if activity and row["passed"] and activity["held_on"] <= NIGHT and activity["skill_area"]:
                passed[row["person_key"]].add(activity["skill_area"])
        who = {r["person_key"] for r in self.joined}
        self.rate("I19", "passed_all_areas", self.counts({w: len(passed[w]) == 3 for w in who}))
        areas = ("occupational", "management_21c", "household_economics")
        self.rate(
            "I19",
            "passed_in_area",
            {("52", "skill_area", a): [sum(a in passed[w] for w in who), len(who)] for a in areas},
        )

        year = date(2025, 10, 1)
        there = [r for r in self.joined if r["until"] is None or r["until"] > year]
        gained = {
            r["person_key"] for r in self.facts["fct_attendance"]
            if r["pre_score"] is not None and r["post_score"] is not None and r["post_score"] > r["pre_score"]
            and r["activity_key"] in self.activities and year <= self.activities[r["activity_key"]]["held_on"] <= NIGHT
        }  # fmt: skip
        self.rate(
            "I20",
            "skill_gain_rate",
            self.counts({r["person_key"]: r["person_key"] in gained for r in there}, self.participations(there)),
        )

    def by_place(self, rows: list[dict], counts_if: Callable[[dict], bool]) -> dict[Group, list[int]]:
        """Persons with any row that counts, and of each partner and programme those with such a row there."""
        counts = self.counts(
            {r["person_key"]: any(counts_if(o) for o in rows if o["person_key"] == r["person_key"]) for r in rows}
        )
        for dimension, name in (("partner", "source"), ("programme", "programme")):
            for member in {r[name] for r in rows}:
                there = [r for r in rows if r[name] == member]
                counts["52", dimension, member] = [
                    len({r["person_key"] for r in there if counts_if(r)}),
                    len({r["person_key"] for r in there}),
                ]
        return counts

    def i21_i22_i34(self) -> None:
        mine = defaultdict(list)
        for row in self.joined:
            mine[row["person_key"]].append(row)
        exits = {
            who: max(r["until"] for r in rows) for who, rows in mine.items()
            if all(r["until"] and r["until"] <= NIGHT for r in rows) and not any(r["exit_reason"] == "deceased" for r in rows)
        }  # fmt: skip
        outcomes = defaultdict(list)
        for row in self.facts["fct_outcome"]:
            if row["followed_up_on"] <= NIGHT:
                outcomes[row["person_key"]].append(row)
        works = ("employed", "self_employed")
        incomes: dict[Group, list[float]] = defaultdict(list)
        for quarter in (2, 4):
            judged = {}
            for who, left in exits.items():
                first, after = (
                    months_after(quarter_of(left), 3 * quarter),
                    months_after(quarter_of(left), 3 * quarter + 3),
                )
                if after > NIGHT:
                    continue
                seen = [r for r in outcomes[who] if first <= r["followed_up_on"] < after]
                judged[who] = any(r["work_status"] in works for r in seen)
                for day in sorted({r["followed_up_on"] for r in seen}, reverse=True) if quarter == 2 else ():
                    on_day = [r for r in seen if r["followed_up_on"] == day]
                    income = sum(r["monthly_income"] or 0 for r in on_day)
                    if income > 0 and any(r["work_status"] in works for r in on_day):
                        for group in self.groups(who):
                            incomes[group].append(float(income))
                        break
            self.rate(
                "I21",
                f"at_work_quarter_{quarter}",
                self.counts(judged, self.participations(r for w in judged for r in mine[w])),
            )
        self.amount(
            "I22", "median_income_quarter_2", {group: pd.Series(values).median() for group, values in incomes.items()}
        )

        attained = {}
        for who, left in exits.items():
            start, over = min(r["joined_on"] for r in mine[who]), months_after(left, 12)
            if over > NIGHT:
                continue
            sessions = [(self.activities[r["activity_key"]]["held_on"], (r["credential"] or "").strip()) for r in self.facts["fct_attendance"]
                        if r["person_key"] == who and r["activity_key"] in self.activities]  # fmt: skip
            learning = [r for r in self.facts["fct_enrolment"] if r["person_key"] == who]
            overlaps = any(
                r["started_on"] <= left and (r["ended_on"] is None or r["ended_on"] > start) for r in learning
            )
            if not overlaps and not any(start <= day <= left for day, _ in sessions):
                continue
            certificate = any(name and start <= day <= over for day, name in sessions)
            diploma = any(
                r["kind"] in AT_SCHOOL
                and r["end_reason"] == "completed"
                and r["ended_on"]
                and start <= r["ended_on"] <= over
                for r in learning
            )
            later = any(left < r["followed_up_on"] <= over and r["work_status"] in works for r in outcomes[who])
            later |= any(left < r["started_on"] <= over for r in learning)
            attained[who] = certificate or (diploma and later)
        self.rate(
            "I34", "credential_rate", self.counts(attained, self.participations(r for w in attained for r in mine[w]))
        )

    def i23_to_i27(self) -> None:
        mine, outcomes = defaultdict(list), defaultdict(list)
        for row in sorted(self.joined, key=lambda r: (r["joined_on"], r["record_key"])):
            mine[row["person_key"]].append(row)
        for row in self.facts["fct_outcome"]:
            if row["followed_up_on"] <= NIGHT:
                outcomes[row["person_key"]].append(row)
        changes: dict[Group, list[float]] = defaultdict(list)
        absent: dict[Group, int] = defaultdict(int)
        for who, rows in outcomes.items():
            latest = max(r["followed_up_on"] for r in rows)
            now = [
                r["monthly_income"]
                for r in sorted(rows, key=lambda r: r["source"])
                if r["followed_up_on"] == latest and r["monthly_income"] is not None
            ]
            before = [
                (r["baseline_monthly_income"], r["joined_on"])
                for r in mine[who]
                if r["baseline_monthly_income"] is not None
            ]
            pair = now and before and latest >= before[0][1]
            for group in self.groups(who):
                absent[group] += not pair
                if pair:
                    changes[group].append(float(now[0] - before[0][0]))
        quartiles = {"lower_quartile_change": 0.25, "median_change": 0.5, "upper_quartile_change": 0.75}
        for measure, share in quartiles.items():
            self.amount("I23", measure, {group: pd.Series(values).quantile(share) for group, values in changes.items()})
        self.total("I23", "pairs", {group: [len(changes[group]), 0] for group in absent})
        self.total("I23", "missing", {group: [n, 0] for group, n in absent.items()})

        new, registered = {}, {}
        for who, rows in mine.items():
            base = next((r["baseline_occupation"].strip().lower() for r in rows if r["baseline_occupation"]), None)
            later = [r for r in outcomes[who] if r["followed_up_on"] > rows[0]["joined_on"]]
            registered[who] = any(r["business_registered"] for r in later)
            new[who] = registered[who] or any(
                base and r["occupation"] and r["occupation"].strip().lower() != base for r in later
            )
        self.rate("I24", "new_livelihood_rate", self.counts(new, self.participations(self.joined)))
        self.rate("I24", "business_registered_rate", self.counts(registered))

        groups, members = defaultdict(int), defaultdict(list)
        for row in self.facts["fct_community_group"]:
            project = self.projects.get(row["project_key"])
            within = project and project["started_on"] and project["started_on"] <= row["formed_on"] <= NIGHT
            if not within or (project["ended_on"] and row["formed_on"] >= project["ended_on"]):
                continue
            for group in (("52", "all", "all"), (row["amphoe_code"], "all", "all"), ("52", "group_kind", row["kind"] or "unknown"),
                          ("52", "partner", row["source"]), ("52", "programme", project["programme"])):  # fmt: skip
                if group[0]:
                    groups[group] += 1
                    members[group] += [row["members"]] if row["members"] is not None else []
        self.total("I25", "groups_formed", {group: [n, 0] for group, n in groups.items()})
        self.amount("I25", "group_members", {group: sum(found) for group, found in members.items() if found})

        products = defaultdict(list)
        for row in self.facts["fct_product"]:
            online = bool((row["online_channel"] or "").strip())
            both = row["price_before"] is not None and row["price_after"] is not None
            programme = self.projects[row["project_key"]]["programme"] if row["project_key"] else "unknown"
            for pair in (
                ("all", "all"),
                ("product_kind", row["kind"]),
                ("partner", row["source"]),
                ("programme", programme),
            ):
                products["52", *pair].append((both or online, online))
        for place, measure in enumerate(("upgraded_rate", "online_rate")):
            self.share(
                "I26", measure, {g: (sum(found[place] for found in rows), len(rows)) for g, rows in products.items()}
            )

        left = [r for r in self.facts["fct_participation"] if r["until"] and r["until"] <= NIGHT]
        keys = {r["partner_person_key"]: r["person_key"] for r in self.facts["dim_partner_person"]}
        led = {
            keys.get(r["trainer_key"])
            for r in self.activities.values()
            if months_after(NIGHT, -12) < r["held_on"] <= NIGHT
        }
        self.rate(
            "I27",
            "active_trainer_rate",
            self.counts({r["person_key"]: r["person_key"] in led for r in left}, self.participations(left)),
        )

    def i28_to_i32(self) -> None:
        month_end = date(2026, 2, 28)

        def belong(day: date) -> list[dict]:
            return [
                r
                for r in self.facts["fct_fund_membership"]
                if r["joined_on"] <= day and (r["left_on"] is None or r["left_on"] > day)
            ]

        several = [
            (r["person_key"], *p)
            for r in belong(month_end)
            for p in (("partner", r["source"]), ("fund", r["fund_key"]))
        ]
        self.total("I28", "members", self.counts({r["person_key"]: True for r in belong(month_end)}, several))
        balance: dict[Group, Decimal] = defaultdict(Decimal)
        ledger = self.facts["fct_fund_transaction"]
        places = (lambda r: ("all", "all"), lambda r: ("fund", r["fund_key"]), lambda r: ("partner", r["source"]))
        for row in ledger:
            if row["kind"] in ("saving_in", "saving_out") and row["booked_on"] <= month_end:
                for place in places:
                    balance["52", *place(row)] += Decimal(str(row["amount_baht"])) * (
                        1 if row["kind"] == "saving_in" else -1
                    )
        self.amount("I28", "savings_balance", balance)

        # repayments one by one, to the oldest due that is still open
        advances = [
            {**r, "balance": float(r["amount_baht"]), "in_time": 0.0}
            for r in ledger
            if r["kind"] == "advance" and r["booked_on"] <= NIGHT
        ]
        for row in sorted(
            (r for r in ledger if r["kind"] == "repayment" and r["booked_on"] <= NIGHT), key=lambda r: r["booked_on"]
        ):
            money = float(row["amount_baht"])
            mine = [a for a in advances if (a["fund_key"], a["person_key"]) == (row["fund_key"], row["person_key"])]
            for advance in sorted(mine, key=lambda a: (a["due_on"] or date.max, a["booked_on"], a["record_key"])):
                paid = min(money, advance["balance"])
                advance["balance"] -= paid
                advance["in_time"] += paid if advance["due_on"] and row["booked_on"] <= advance["due_on"] else 0
                money -= paid
        open_, late, repaid = defaultdict(float), defaultdict(lambda: [0.0, 0.0]), defaultdict(lambda: [0.0, 0.0])
        for row in advances:
            for place in places:
                group = ("52", *place(row))
                open_[group] += row["balance"]
                late[group][0] += row["balance"] if row["due_on"] and (NIGHT - row["due_on"]).days > 30 else 0
                late[group][1] += row["balance"]
                if row["due_on"] and row["due_on"] <= NIGHT:
                    repaid[group][0] += row["in_time"]
                    repaid[group][1] += float(row["amount_baht"])
        self.amount("I29", "advances_outstanding", open_)
        self.share("I29", "repayment_rate", repaid)
        self.share("I29", "par30", late)

        events = [
            (r["source"], "welfare_payments", None)
            for r in ledger
            if r["kind"] == "welfare_payment" and r["booked_on"] <= NIGHT
        ]
        events += [(r["source"], f"devices_{r['service_kind']}", (r["done_on"] - r["requested_on"]).days)
                   for r in self.facts["fct_device_service"] if r["done_on"] and r["done_on"] <= NIGHT]  # fmt: skip
        active = {("all", "all"): len({r["person_key"] for r in belong(NIGHT)})}
        active |= {
            ("partner", s): len({r["person_key"] for r in belong(NIGHT) if r["source"] == s})
            for s in {r["source"] for r in belong(NIGHT)}
        }
        days = defaultdict(list)
        for measure in {event[1] for event in events}:
            found = {}
            for pair in (("all", "all"), *{("partner", source) for source, name, _ in events if name == measure}):
                found["52", *pair] = (
                    sum(n == measure and pair[1] in ("all", s) for s, n, _ in events),
                    active.get(pair),
                )
            self.share("I30", measure, found)
        for source, name, taken in events:
            for pair in (
                (("all", "all"), ("partner", source), ("device_service_kind", name.removeprefix("devices_")))
                if taken is not None
                else ()
            ):
                days["52", *pair].append(taken)
        self.amount("I30", "median_turnaround", {group: pd.Series(values).median() for group, values in days.items()})

        given = [r for r in self.facts["fct_food_bank"] if r["given_on"] <= NIGHT]
        fed = [r for r in given if r["person_key"]]
        self.total(
            "I31",
            "persons_helped",
            self.counts({r["person_key"]: True for r in fed}, [(r["person_key"], "partner", r["source"]) for r in fed]),
        )
        both = (("52", "all", "all"), ("52", "partner", "town"))
        self.amount("I31", "weight_given", {group: sum(Decimal(str(r["weight_kg"])) for r in given) for group in both})
        self.total(
            "I31",
            "households_helped",
            {group: [len({r["household_key"] for r in given} - {None}), 0] for group in both},
        )

        staff = defaultdict(set)
        for row in self.facts["fct_personnel_training"]:
            if row["completed_on"] <= NIGHT:
                for pair in (
                    ("all", "all"),
                    ("partner", row["source"]),
                    ("personnel_role", row["role"] or "unknown"),
                    ("level", row["level"] or "unknown"),
                ):
                    staff["52", *pair].add(row["staff_key"])
        self.total("I32", "staff_trained", {group: [len(found), 0] for group, found in staff.items()})

    def i33(self) -> None:
        nights = [r for r in self.facts["fct_delivery"] if r["night"] <= NIGHT and r["state"] == "loaded"]
        partners = sorted({r["source"] for r in nights})
        known = self.facts["dim_partner_person"]
        rates = {
            "accepted_rate": (nights, lambda r: (r["rows_received"] - r["rows_quarantined"], r["rows_received"])),
            "duplicate_rate": (nights, lambda r: (r["rows_repeated"], r["rows_received"])),
            "identity_match_rate": (known, lambda r: (r["partners"] > 1, 1)),
            "identified_rate": (known, lambda r: (r["national_id_kind"] is not None, 1)),
        }  # fmt: skip
        for measure, (rows, of) in rates.items():
            counts = {}
            for member in ("all", *partners):
                pairs = [of(r) for r in rows if member in ("all", r["source"])]
                counts["52", "all" if member == "all" else "partner", member] = [
                    sum(n for n, _ in pairs),
                    sum(d for _, d in pairs),
                ]
            self.rate("I33", measure, counts)
        silent = {p: (NIGHT - max(r["night"] for r in nights if r["source"] == p)).days for p in partners}
        self.amount(
            "I33",
            "freshness",
            {("52", "partner", p): n for p, n in silent.items()} | {("52", "all", "all"): max(silent.values())},
        )

    def i07(self) -> None:
        """From the rates above: likely disadvantaged against the other."""
        sides = {
            "sex": (["female"], ["male"]), "disability": (["with_disability"], ["without_disability"]), "poverty": (["poor"], ["not_poor"]),
            "national_id_kind": (["no_status", "non_thai", "g_code"], ["citizen"]),
        }  # fmt: skip
        found: dict[str, dict[Group, Row]] = {
            name: {} for name in ("parity_index", "parity_index_adjusted", "parity_reached")
        }
        measures = ("out_of_school_rate", "enrolment_rate", "dropout_percent", "neet_rate", "at_risk_rate", "return_rate", "completion_rate",
                    "at_work_quarter_2", "credential_rate")  # fmt: skip
        for (_, measure), rows in self.rows.items():
            if measure not in measures:
                continue
            for dimension in (*sides, "capital_amphoe"):
                if dimension == "capital_amphoe":
                    all_ = {g[0]: row for g, row in rows.items() if g[1] == "all" and len(g[0]) == 4}
                    parts = [[r for a, r in all_.items() if a != "5201"], [r for a, r in all_.items() if a == "5201"]]
                else:
                    parts = [
                        [rows[g] for m in side if (g := ("52", dimension, m)) in rows] for side in sides[dimension]
                    ]
                if not parts[0] and not parts[1]:
                    continue
                one, other = (
                    Decimal(100) * sum(r[0] for r in part if r[1]) / total
                    if (total := sum(r[1] or 0 for r in part))
                    else None
                    for part in parts
                )
                index = one / other if one is not None and other else None
                adjusted = 2 - 1 / index if index is not None and index > 1 else index
                reached = None if adjusted is None else int(Decimal("0.97") <= adjusted <= Decimal("1.03"))
                for name, value in zip(found, (number(index, 4), number(adjusted, 4), reached), strict=True):
                    found[name]["52", dimension, measure] = (
                        number(one, 4),
                        number(other, 4),
                        None if value is None else Decimal(value),
                    )
        for name, values in found.items():
            self.rows["I07", name] = values


def kaplan_meier(times: list[tuple[int, bool]]) -> int | None:
    """The first day after which no more than half are still waiting."""
    waiting = Decimal(1)
    for day in sorted({t for t, _ in times}):
        helped = sum(t == day and is_helped for t, is_helped in times)
        waiting *= 1 - Decimal(helped) / sum(t >= day for t, _ in times)
        if waiting <= Decimal("0.5") + Decimal("1e-9"):
            return day
    return None


@pytest.fixture(scope="module")
def province(world, dbt):
    Province(world, seed=20260302).fill()
    # few persons are fewer than three here, so that small tables are shown, too
    dbt.night(as_of=NIGHT, minimum_cell=str(FEW))
    return world.connection


def test_every_indicator_is_the_same_when_computed_again(province):
    again = Catalogue(province)
    for compute in (again.i01_to_i06, again.i08_i09, again.i10_to_i14, again.i15_to_i20, again.i21_i22_i34, again.i23_to_i27,
                    again.i28_to_i32, again.i33, again.i07):  # fmt: skip
        compute()
    modelled: dict[tuple[str, str], dict[Group, Row]] = defaultdict(dict)
    for indicator, measure, *group, n, d, value in province.execute(
        "select indicator_id, measure, area_code, dimension, member, numerator, denominator, value from indicators.indicator_value"
    ).fetchall():
        modelled[indicator, measure][tuple(group)] = (n, d, value)
    assert {indicator for indicator, _ in modelled} == {f"I{n:02}" for n in range(1, 35)}
    assert modelled.keys() == again.rows.keys()
    wrong = []
    for measure, rows in again.rows.items():
        for group in rows.keys() | modelled[measure].keys():
            mine, theirs = rows.get(group), modelled[measure].get(group)
            if mine is None or theirs is None or any(
                (a is None) != (b is None) or (a is not None and abs(a - b) > Decimal("0.0000001")) for a, b in zip(mine, theirs, strict=True)
            ):  # fmt: skip
                wrong.append(f"{' '.join(measure)} {group}: pandas {mine}, dbt {theirs}")
    assert not wrong, f"{len(wrong)} of {sum(map(len, modelled.values()))}:\n" + "\n".join(sorted(wrong)[:30])
    # the world is rich enough that every indicator says something: no measure is all null or all zero
    for measure, rows in modelled.items():
        assert any(value for _, _, value in rows.values()), measure
    assert sum(map(len, modelled.values())) > 1500


PERSONS = ("percent", "per_1000", "persons", "households")


def test_nothing_withheld_follows_from_what_is_shown(province):
    """Along every sum whose total is shown: nothing small is shown, and what is hidden is neither alone nor small together."""
    values = province.execute(
        "select v.measure, v.area_code, v.dimension, v.member, v.numerator, v.denominator, r.suppressed"
        " from indicators.indicator_value v join reporting.indicator r"
        " using (indicator_id, measure, area_code, dimension, member) where v.unit = any(%s) and v.indicator_id <> 'I07'",
        [list(PERSONS)],
    ).fetchall()
    cells = {row[:4]: row[4:] for row in values}
    sums: dict[tuple, list[tuple]] = defaultdict(list)
    for measure, area, dimension, member in cells:
        if dimension == "sex_age_band":
            sex, _, age = member.partition("/")
            totals = [("52", "sex", sex), ("52", "age_band", age)]
        elif dimension == "all":
            totals = [] if area == "52" else [("52" if len(area) == 4 else area[:4], "all", "all")]
        else:
            across = [] if dimension == "case_stage" else [(area, "all", "all")]
            totals = [total for total in across if (measure, *total) in cells] + (
                [] if area == "52" else [("52", dimension, member)]
            )
        for total in totals:
            # what adds up to a total: the members of one dimension in one area, or the areas of one level for one member
            kind = "members" if total[0] == area and dimension != "all" else "areas"
            sums[(measure, *total), kind, dimension].append((measure, area, dimension, member))
    few, hidden_sums, shown_tables = range(1, FEW), 0, 0
    for n, d, suppressed in cells.values():
        if not suppressed:
            assert n not in few and (d is None or (d not in few and d - n not in few))
    for (total, *_), parts in sums.items():
        hidden = [cells[part] for part in parts if cells[part][2]]
        shown_tables += not hidden and parts[0][2] in ("sex_age_band", "sex") and len(parts[0][1]) == 4
        # where all of it is hidden, the total has nothing to be taken from
        if cells[total][2] or not hidden or len(hidden) == len(parts):
            continue
        hidden_sums += 1
        assert len(hidden) > 1, (total, parts)
        assert sum(n for n, _, _ in hidden) not in few, (total, parts)
        assert sum(max(d - n, 0) for n, d, _ in hidden if d is not None) not in few, (total, parts)
    assert hidden_sums > 100
    assert shown_tables > 10
    # a parity index is withheld with any row of the breakdown that it stands on
    parities = province.execute(
        "select dimension, member, suppressed from reporting.indicator where indicator_id = 'I07' and dimension <> 'capital_amphoe'"
    ).fetchall()
    for dimension, measure, suppressed in parities:
        below = [row[2] for group, row in cells.items() if group[:3] == (measure, "52", dimension)]
        assert suppressed or not any(below), (dimension, measure)
    assert {suppressed for *_, suppressed in parities} == {True, False}


def test_the_totals_of_the_first_two_years_come_back(world, dbt):
    """14,414 people, 194 projects, 51 provinces, 4 regions, as the funder told (S1), among repeats and what does not count."""
    world.clear()
    world.source("eef")
    world.source("club")
    delivery, connection = world.delivery("eef", date(2026, 3, 1), rows_loaded=1), world.connection
    provinces = [*range(50, 59), *range(60, 68), *range(30, 44), *range(10, 22), *range(80, 87), 90]
    assert len(provinces) == 51
    for n in range(196):
        signed = {194: None, 195: date(2026, 3, 3)}.get(n, date(2020 + n % 2, 6, 1))
        world.record(
            "project", "eef", delivery, key(10_000_000 + n), project_ref=f"P{n}", title="x", programme="community_career_grant",
            unit=f"U{n % 100}", province_code=str(provinces[n % 51]) if n < 194 else "75", contract_signed_on=signed,
        )  # fmt: skip
    uuid = "lpad(to_hex({} + n), 32, '0')::uuid"
    person, again = uuid.format(0), uuid.format(1_000_000)
    connection.execute(f"insert into link.person select {person}, %s from generate_series(1, 14914) as n", [world.now])
    for partner_person, last in ((person, 14914), (again, 1000)):
        connection.execute(
            f"insert into link.membership select {partner_person}, {person}, %s from generate_series(1, %s) as n",
            [world.now, last],
        )
    sent = (
        "insert into raw.participant (source, delivery_id, row_no, record_key, row_hash, known_from, partner_person_key,"
        f" project_ref, joined_on, left_on, exit_reason) select %s, %s, n, {uuid}, {uuid}, %s, {{}}, 'P' || n %% %s,"
        " '2020-07-01', '2021-03-01', case when n <= 14414 then 'completed' else 'dropped_out' end"
        " from generate_series(1, %s) as n"
    )
    for source, who, first_key, projects, last in (
        ("eef", person, 2_000_000, 194, 14914),
        ("eef", person, 3_000_000, 7, 3000),
        ("club", again, 4_000_000, 3, 1000),
    ):
        connection.execute(sent.format(first_key, first_key, who), [source, delivery, world.now, projects, last])
    dbt(
        "build",
        "--select",
        "+i15_i17_people_developed",
        "+i16_projects",
        "--exclude-resource-type",
        "unit_test",
        "test",
        as_of=NIGHT,
    )
    rows = connection.execute(
        "select measure, value from (select * from indicators.i15_i17_people_developed union all"
        " select * from indicators.i16_projects) as value where dimension = 'all' and area_code = '52'"
    ).fetchall()
    assert dict(rows) == {
        "people_developed": 14414, "contracted_projects": 194, "contracted_provinces": 51, "contracted_regions": 4,
        "contracted_units": 100, "attainment_of_low_target": Decimal("2.8828"), "attainment_of_high_target": Decimal("1.4414"),
    }  # fmt: skip
