"""Provisions: every clause of the Complaint Handling Code, in our own words, for the self-assessment (8.1a).

Where `check` is set, our words rest on general knowledge and not on the clause's own text: whoever assesses must
look at the published Code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Provision:
    """One clause: the part it stands in, its number, and what it asks, in our own words."""

    part: str
    clause: str
    asks: str
    check: bool = False


_WORDS: Final = {
    "1 What a complaint is": (
        "1.1? Good handling lets residents be heard, and begins with a shared meaning of complaint.",
        "1.2 The policy uses the Code’s definition: any dissatisfaction, however put, of one resident or a group.",
        "1.3 Nobody needs the word complaint: the choice is offered, and others may complain for a resident.",
        "1.4 Service requests are told apart from complaints, and still recorded, watched and reviewed.",
        "1.5 A complaint is raised when the answer to a service request does not satisfy, and the work goes on.",
        "1.6? Surveys and other requests for feedback say how to complain.",
    ),
    "2 What is not taken as a complaint": (
        "2.1 Complaints are accepted unless there is a valid reason, with evidence, each on its merits.",
        "2.2 The policy lists fair exclusions: over 12 months old, proceedings filed, already considered.",
        "2.3 Matters are accepted within 12 months of arising or becoming known; later ones at discretion.",
        "2.4 A refusal is explained, with the right to take it to the Ombudsman, who may direct that it be accepted.",
        "2.5? No blanket exclusions: each resident’s circumstances are considered.",
    ),
    "3 Access and awareness": (
        "3.1 There are several ways to complain, and the Equality Act’s adjustments are foreseen.",
        "3.2 Residents may complain in any way and to any member of staff, who know what to do.",
        "3.3 Many complaints are no bad sign; few may mean that something stands in people’s way.",
        "3.4 The policy is clear, open to all, has both stages with their times, and is on the website.",
        "3.5? The policy says how it, the Ombudsman and the Code are made known.",
        "3.6? Somebody may complain for a resident, and come to meetings with them.",
        "3.7? Residents are told of their right to go to the Ombudsman, and how, throughout.",
    ),
    "4 Who deals with complaints": (
        "4.1 A person or team owns complaints, contact with the Ombudsman, and reports to the governing body.",
        "4.2 They reach staff at every level and may settle complaints promptly and fairly.",
        "4.3 Complaints and learning come first, with trained people and enough of them.",
    ),
    "5 How complaints are dealt with": (
        "5.1 One policy, and nobody is treated worse for complaining.",
        "5.2 Early answers without extra named stages.",
        "5.3 Never more than two stages.",
        "5.4 What a contractor or other third party answers is part of the two stages.",
        "5.5 The landlord answers for third parties keeping the Code.",
        "5.6 At both stages the complaint and the outcomes sought are set out; what is unclear is asked.",
        "5.7? The acknowledgement says what the landlord is, and is not, responsible for.",
        "5.8 Whoever decides is independent, hears both sides, deals with conflicts of interest, weighs the evidence.",
        "5.9 Where a response will be late, updates are agreed with the resident.",
        "5.10 Adjustments agreed, and disabilities disclosed, are recorded and kept under review.",
        "5.11 Stage 2 is refused only for a reason as in part 2.",
        "5.12? A full record is kept, with the outcome of each stage.",
        "5.13? Things can be put right at any stage.",
        "5.14? There is a policy on unacceptable behaviour; restrictions have evidence and are reviewed.",
        "5.15? Restrictions are proportionate and look to the Equality Act.",
    ),
    "6 The two stages": (
        "6.1 Complaints that can be answered at once are told from those that need looking into, with risk in mind.",
        "6.2 Stage 1 is acknowledged, defined and logged within five working days.",
        "6.3 Stage 1 is answered within ten working days of the acknowledgement.",
        "6.4 An extension is explained, and at most ten working days without good reason.",
        "6.5 The notice of it has the Ombudsman’s details.",
        "6.6 The response goes when the answer is known; what is still to be done is followed up, with updates.",
        "6.7 Every point is answered, with reasons and what they rest on.",
        "6.8 Further issues join the complaint where they can, else become one of their own.",
        "6.9 The stage 1 response has all seven parts.",
        "6.10 What is not resolved goes to stage 2.",
        "6.11 Stage 2 is acknowledged, defined and logged within five working days.",
        "6.12 Nobody has to say why they ask for stage 2.",
        "6.13 Who decides stage 2 did not decide stage 1.",
        "6.14 Stage 2 is answered within twenty working days of the acknowledgement.",
        "6.15 An extension is explained, and at most twenty working days without good reason.",
        "6.16? The notice of it has the Ombudsman’s details.",
        "6.17? At stage 2 too, the response does not wait for the works.",
        "6.18? At stage 2 too, every point is answered.",
        "6.19? The stage 2 response has all seven parts.",
        "6.20? Stage 2 is the final response and takes in everybody needed for it.",
    ),
    "7 Putting things right": (
        "7.1 What went wrong is acknowledged and put right, in one of the ways the Code names.",
        "7.2 The remedy fits what it meant for the resident.",
        "7.3 It says what will happen and by when, and that is kept.",
        "7.4 The Ombudsman’s guidance on remedies is taken into account.",
    ),
    "8 Self-assessment, reporting and compliance": (
        "8.1 There is an annual report: self-assessment, analysis, refusals, findings, improvements.",
        "8.2 It goes to the governing body and is published with the body’s response.",
        "8.3 The self-assessment is made anew after a significant change.",
        "8.4? The self-assessment is reviewed when the Ombudsman asks.",
        "8.5 When circumstances make compliance impossible, the Ombudsman and residents are told, with a date.",
    ),
    "9 Scrutiny and learning": (
        "9.1 Each complaint is looked at for what the service can learn.",
        "9.2 Complaints are used to find issues and risks.",
        "9.3 What is learned is reported to residents, staff and committees.",
        "9.4 A senior person is accountable, and looks for themes and risks.",
        "9.5 A member of the governing body is responsible for complaints.",
        "9.6 That member is told regularly, and can reach information and staff.",
        "9.7 That member gets at least volumes, outcomes, trends, the Ombudsman’s orders, and the annual report.",
        "9.8? Relevant staff and third parties share an objective: work together, own shortfalls, act professionally.",
    ),
}


def _provisions() -> Iterator[Provision]:
    for part, lines in _WORDS.items():
        for line in lines:
            clause, _, asks = line.partition(" ")
            yield Provision(part, clause.removesuffix("?"), asks, clause.endswith("?"))


PROVISIONS: Final = tuple(_provisions())
"""Every clause, 1.1 to 9.8, in order."""
