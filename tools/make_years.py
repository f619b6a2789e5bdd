"""Write the two sample years of the made-up landlord into src/intakebot/demo/years/, the same every time.

Each line is one case. The counts are planned below so that the year's figures come out as docs/reports.md says;
people, subjects and days are drawn at random from made-up lists, and every due date is counted by the Code's rules.
Run it with the project's Python: .venv/bin/python tools/make_years.py
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import cycle
from pathlib import Path
from typing import Any

from intakebot.domain.timescales import Rules, due_dates
from intakebot.domain.working_days import LONDON, england, local_date

FOLDER = Path(__file__).resolve().parent.parent / "src" / "intakebot" / "demo" / "years"
CALENDAR = england()

FIRST = "Amina Bert Carys Dev Edith Femi Gwen Hamza Irene Jarek Kofi Lena Moira Nadia Owen Priya Rhys Sunita Tomasz Una"
LAST = "Abara Brook Chand Dunmore Eze Farrow Gill Hollins Ingle Jessop Kaur Larkin Mistry Novak Okafor Pryce Quill Rowe"
PATCHES = ("north", "south", "riverside")
CHANNELS = ("email", "email", "email", "web", "web", "phone", "phone", "letter", "relay_uk", "in_person")
ABOUT = {
    "repairs": (
        "The boiler was mended three times and still fails",
        "Nobody came for the kitchen tap",
        "A front door that sticks",
    ),
    "damp_mould": ("Black mould in the back bedroom", "Damp under the window since the autumn"),
    "building_safety": ("A fire door on the landing that does not close", "The smoke alarm was never fitted"),
    "adaptations": ("The rail for the bath was never put in",),
    "tenancy_management": ("My request to add my partner was lost", "A letter about my garden that was not about mine"),
    "communal_areas": (
        "The stairs have not been cleaned",
        "The bin store is never emptied",
        "The hall floor is never washed",
    ),
    "asb": ("I reported the noise and heard nothing back", "No support after the threats I reported"),
    "allocations": ("My band was changed without a word", "I was left out of the bidding round"),
    "rents": ("My account shows arrears I do not owe", "A refund promised in the spring"),
    "leasehold": ("The service charge has no figures behind it", "No answer about the roof works bill"),
    "staff_conduct": ("How I was spoken to at the office",),
    "other": ("The keys were not ready on the day I moved", "No answer about the right to buy"),
}
NUISANCE = (
    "Loud music at night",
    "Shouting on the stairs",
    "Dogs barking all day",
    "Bikes ridden in the hall",
    "Fly-tipped bags",
)


@dataclass(frozen=True)
class Wanted:
    """One complaint to be made: what about, whose, and how each of its stages is to end."""

    categories: tuple[str, ...]
    tenure: str
    stages: tuple[tuple[str, str], ...]  # (outcome, in_time | extended | late) of stage 1, then of stage 2


def main() -> None:
    """Write both years."""
    FOLDER.mkdir(exist_ok=True)
    _write("2023-24", Year(2023).lines(_plan_2023(), asb=148, hate=0, service_requests=20))
    _write("2024-25", Year(2024).lines(_plan_2024(), asb=131, hate=2, service_requests=20))


def _write(name: str, lines: list[dict[str, Any]]) -> None:
    lines.sort(key=lambda line: line["received_at"])
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (FOLDER / f"{name}.jsonl").write_text(text)


def _plan_2023() -> list[Wanted]:
    """26 stage 1, 3 stage 2; 20 and 2 of them of tenants; 21 of 29 in time; 5, 7, 16 and one withdrawn."""
    up, part, no = "upheld", "partially_upheld", "not_upheld"
    tenants = [
        Wanted(("repairs",), "lcra", ((no, "in_time"), (part, "in_time"))),
        Wanted(("damp_mould",), "lcra", ((part, "late"), (up, "extended"))),
        Wanted(("repairs",), "lcra", ((up, "in_time"),)),
        Wanted(("repairs",), "lcra", ((up, "late"),)),
        Wanted(("damp_mould",), "lcra", ((up, "late"),)),
        Wanted(("repairs",), "lcra", ((no, "in_time"),)),
        Wanted(("repairs",), "lcra", ((no, "in_time"),)),
        Wanted(("building_safety",), "lcra", ((part, "extended"),)),
        Wanted(("adaptations",), "lcra", ((no, "late"),)),
        Wanted(("repairs",), "lcra", (("withdrawn", "in_time"),)),
        Wanted(("tenancy_management",), "lcra", ((no, "in_time"),)),
        Wanted(("tenancy_management",), "lcra", ((no, "late"),)),
        Wanted(("tenancy_management",), "lcra", ((part, "in_time"),)),
        Wanted(("tenancy_management",), "lcra", ((no, "in_time"),)),
        Wanted(("communal_areas",), "lcra", ((no, "in_time"),)),
        Wanted(("asb",), "lcra", ((up, "late"),)),
        Wanted(("asb",), "lcra", ((no, "in_time"),)),
        Wanted(("allocations",), "lcra", ((no, "in_time"),)),
        Wanted(("allocations",), "lcra", ((no, "late"),)),
        Wanted(("rents",), "lcra", ((part, "in_time"),)),
    ]
    leaseholders = [
        Wanted(("communal_areas",), "leaseholder", ((no, "in_time"), (no, "in_time"))),
        Wanted(("communal_areas",), "leaseholder", ((part, "extended"),)),
        Wanted(("repairs",), "leaseholder", ((no, "in_time"),)),
        Wanted(("repairs",), "leaseholder", ((no, "late"),)),
        Wanted(("asb",), "leaseholder", ((no, "in_time"),)),
        Wanted(("leasehold",), "leaseholder", ((part, "in_time"),)),
    ]
    return [*tenants, *leaseholders]


def _plan_2024() -> list[Wanted]:
    """81 stage 1, 16 stage 2; 71 of 97 in time; 46 upheld, 23 partially, 28 not; 114 reasons among the 97."""
    both = (
        ["repairs"] * 5
        + ["damp_mould"] * 4
        + ["tenancy_management"] * 2
        + ["asb"] * 2
        + ["allocations"] * 2
        + ["staff_conduct"]
    )
    once = (
        [("repairs", "staff_conduct")] * 6
        + [("repairs",)] * 16
        + [("damp_mould",)] * 8
        + [("building_safety",)] * 4
        + [("adaptations",)]
        + [("tenancy_management", "asb")] * 3
        + [("tenancy_management",)] * 2
        + [("asb", "tenancy_management")] * 3
        + [("asb",)] * 3
        + [("allocations", "other")] * 5
        + [("rents",)] * 5
        + [("leasehold",)] * 5
        + [("other",)] * 4
    )
    draw = random.Random(24)
    first = _shuffled(draw, {"upheld": 40, "partially_upheld": 19, "not_upheld": 22})
    first_timing = _shuffled(draw, {"in_time": 52, "extended": 8, "late": 21})
    second = _shuffled(draw, {"upheld": 6, "partially_upheld": 4, "not_upheld": 6})
    second_timing = _shuffled(draw, {"in_time": 9, "extended": 2, "late": 5})
    tenures = _shuffled(draw, {"lcra": 66, "lcho": 6, "leaseholder": 4})
    wanted = [
        Wanted((category,), tenures.pop(), ((first.pop(), first_timing.pop()), (second.pop(), second_timing.pop())))
        for category in both
    ]
    for categories in once:
        tenure = "leaseholder" if categories == ("leasehold",) else tenures.pop()
        wanted.append(Wanted(categories, tenure, ((first.pop(), first_timing.pop()),)))
    return wanted


def _shuffled(draw: random.Random, counts: dict[str, int]) -> list[str]:
    drawn = [value for value, times in counts.items() for _ in range(times)]
    draw.shuffle(drawn)
    return drawn


class Year:
    """One reporting year being made up."""

    def __init__(self, begins: int) -> None:
        self._draw = random.Random(begins)
        self._begins = begins
        people = [f"{first} {last}" for last in LAST.split() for first in FIRST.split()]
        self._draw.shuffle(people)
        self._people = cycle(people)

    def lines(self, wanted: list[Wanted], asb: int, hate: int, service_requests: int) -> list[dict[str, Any]]:
        """Every case of the year."""
        made = [self._complaint(number, one) for number, one in enumerate(wanted)]
        self._ombudsman_and_learning(made)
        made += [self._refused(reason, evidence) for reason, evidence in _REFUSED]
        days = self._days(asb)
        for number, day in enumerate(days):
            flags = ["hate_incident"] if number < hate else []
            made.append(self._request(day, "asb", self._draw.choice(NUISANCE), flags))
        made += [self._request(day, "repairs", "A dripping tap", []) for day in self._days(service_requests)]
        return made

    def _request(self, day: date, category: str, subject: str, flags: list[str]) -> dict[str, Any]:
        line = self._line(day, "service_request", "lcra", [category], subject, flags)
        return line | {"closed_at": _local(CALENDAR.add(day, 8), 16, 0).isoformat()}

    def _days(self, number: int) -> list[date]:
        first = date(self._begins, 4, 1).toordinal()
        return [date.fromordinal(first + 365 * n // number) for n in range(number)]

    def _line(
        self, day: date, kind: str, tenure: str, categories: list[str], subject: str, flags: list[str] | None = None
    ) -> dict[str, Any]:
        name = next(self._people)
        at = _local(day, self._draw.randrange(8, 21), self._draw.randrange(60))
        return {
            "received_at": at.isoformat(),
            "channel": self._draw.choice(CHANNELS),
            "kind": kind,
            "tenure": tenure,
            "categories": categories,
            "flags": flags or [],
            "subject": subject,
            "resident": {
                "name": name,
                "email": f"{name.lower().replace(' ', '.')}.{self._draw.randrange(10000)}@tenant.example",
            },
            "patch": self._draw.choice(PATCHES),
            "stages": [],
            "ombudsman": [],
            "learning": [],
            "remedies": [],
            "actions": [],
            "refusals": [],
        }

    def _complaint(self, number: int, wanted: Wanted) -> dict[str, Any]:
        # A complaint that goes to stage 2 begins early enough for both to be received in the year.
        span = 200 if len(wanted.stages) == 2 else 355
        first = date(self._begins, 4, 3).toordinal()
        day = date.fromordinal(first + (number * 97) % span)
        choices = ABOUT[wanted.categories[0]]
        subject = choices[number % len(choices)]
        line = self._line(day, "complaint", wanted.tenure, list(wanted.categories), subject)
        received = datetime.fromisoformat(line["received_at"])
        for stage, (outcome, how) in enumerate(wanted.stages, 1):
            made = self._stage(received, stage, outcome, how, subject)
            line["stages"].append(made)
            self._put_right(line, stage, made)
            if made["responded_at"]:
                ended = local_date(datetime.fromisoformat(made["responded_at"]))
                received = _local(CALENDAR.add(ended, self._draw.randrange(3, 15)), 11, 5)
        return line

    def _stage(self, received: datetime, number: int, outcome: str, how: str, subject: str) -> dict[str, Any]:
        slow = how == "late" and self._draw.random() < 0.3
        acknowledged = _local(CALENDAR.add(local_date(received), 7 if slow else self._draw.randrange(1, 6)), 10, 30)
        due = due_dates(received, acknowledged, number, CALENDAR, Rules()).response_due
        extensions = []
        if how == "in_time":
            ended = CALENDAR.add(local_date(acknowledged), self._draw.randrange(3, 11 if number == 1 else 21))
        elif how == "late":
            ended = CALENDAR.add(due, self._draw.randrange(1, 12))
        else:
            told = _local(CALENDAR.add(due, -2), 14, 0)
            reason = "A surveyor must look at it first, and is booked for next week."
            extensions = [
                {"working_days": 10, "reason": reason, "told_at": told.isoformat(), "ombudsman_details": True}
            ]
            ended = CALENDAR.add(due, self._draw.randrange(4, 11))
        at = _local(ended, 15, 20).isoformat()
        withdrawn = outcome == "withdrawn"
        return {
            "received_at": received.isoformat(),
            "acknowledged_at": acknowledged.isoformat(),
            "definition": f"{subject}.",
            "responded_at": None if withdrawn else at,
            "withdrawn_at": at if withdrawn else None,
            "outcome": outcome,
            "extensions": extensions,
        }

    def _put_right(self, line: dict[str, Any], stage: int, made: dict[str, Any]) -> None:
        if made["outcome"] not in ("upheld", "partially_upheld"):
            return
        at = made["responded_at"]
        on = local_date(datetime.fromisoformat(at))
        done = _local(CALENDAR.add(on, self._draw.randrange(5, 20)), 12, 0).isoformat()
        accepted = _local(CALENDAR.add(on, 3), 9, 45).isoformat()
        remedy = {"stage": stage, "offered_at": at, "accepted_at": accepted, "impact": "Worry and time spent on it."}
        line["remedies"].append(
            remedy | {"type": "apology", "what": "A written apology.", "accepted_at": None, "completed_at": at}
        )
        if made["outcome"] == "upheld":
            missed = self._draw.random() < 0.3
            line["remedies"].append(
                remedy
                | {
                    "type": "money",
                    "what": "Compensation for a missed appointment."
                    if missed
                    else "Compensation for the time it took.",
                    "amount": "20.00" if missed else f"{self._draw.randrange(5, 31) * 10}.00",
                    "payer": "contractor" if missed else "landlord",
                    "basis": "policy",
                    "approved_by": "Mandeep Gill",
                    "completed_at": done,
                }
            )
        line["actions"].append(
            {
                "stage": stage,
                "what": "Carry out the work that was left.",
                "owner": "Maintenance",
                "opened_at": at,
                "due_on": CALENDAR.add(on, 20).isoformat(),
                "done_at": done,
            }
        )

    def _ombudsman_and_learning(self, made: list[dict[str, Any]]) -> None:
        for line in made:
            stage = line["stages"][-1]
            ended = local_date(datetime.fromisoformat(stage["responded_at"] or stage["withdrawn_at"]))
            at = _local(CALENDAR.add(ended, 2), 10, 0).isoformat()
            lesson, change = _LEARNED.get(line["subject"], ("", ""))
            line["learning"].append(
                {
                    "recorded_at": at,
                    "by": "Olive Ferreira",
                    "lesson": lesson,
                    "change": change,
                    "category": line["categories"][0],
                    "nothing": not lesson,
                }
            )
        if self._begins == 2023:
            line = made[0]  # a repair that went through both stages
            ended = local_date(datetime.fromisoformat(line["stages"][-1]["responded_at"]))
            line["ombudsman"].append(
                {
                    "ombudsman": "HOS",
                    "their_reference": "202300001",
                    "contacted_at": _local(CALENDAR.add(ended, 10), 9, 30).isoformat(),
                    "investigated": True,
                    "determined_at": _local(CALENDAR.add(ended, 150), 9, 30).isoformat(),
                    "findings": [
                        {"element": "the repair", "determination": "no_maladministration"},
                        {"element": "complaint handling", "determination": "service_failure"},
                    ],
                    "orders": [
                        {
                            "what": "Apologise in writing and pay £50.",
                            "due_on": CALENDAR.add(ended, 170).isoformat(),
                            "recommendation": False,
                            "done_at": _local(CALENDAR.add(ended, 160), 15, 0).isoformat(),
                        }
                    ],
                }
            )

    def _refused(self, reason: str, evidence: str) -> dict[str, Any]:
        day = CALENDAR.next_working_day(date(self._begins, 9, self._draw.randrange(1, 28)))
        line = self._line(day, "complaint", "lcra", ["repairs"], "A repair from some years ago")
        refused = _local(CALENDAR.add(day, 4), 11, 15)
        if reason == "over_12_months":
            line["issue_on"] = day.replace(year=day.year - 3).isoformat()
        line["stages"] = [
            {"received_at": line["received_at"], "acknowledged_at": None, "outcome": "refused", "extensions": []}
        ]
        line["refusals"] = [
            {
                "stage": 1,
                "reason": reason,
                "evidence": evidence,
                "consideration": "We asked whether illness or a move had kept the resident from writing earlier.",
                "officer": "Olive Ferreira",
                "refused_at": refused.isoformat(),
                "claim_filed_on": CALENDAR.add(day, -10).isoformat() if reason == "proceedings_filed" else None,
            }
        ]
        return line


_REFUSED = (
    ("over_12_months", "The letter itself dates the matter to three years before."),
    ("proceedings_filed", "The claim form and its particulars were served by the court."),
)
_LEARNED = {
    "The stairs have not been cleaned": (
        "Several complaints were about the cleaning of shared areas.",
        "We raised it with the contractor; the cleaning is better, and nobody has complained of it since.",
    ),
    "No support after the threats I reported": (
        "We did too little for residents who are vulnerable when they report anti-social behaviour.",
        "A new procedure says who stays in touch with them, and how often.",
    ),
}


def _local(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


if __name__ == "__main__":
    main()
