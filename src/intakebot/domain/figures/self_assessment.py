"""The self-assessment (Code 8.1a): for each provision, the evidence the service holds. It never says "we comply"."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from intakebot.domain.figures.annual import AnnualFigures
from intakebot.domain.figures.provisions import PROVISIONS, Provision
from intakebot.domain.figures.reported import Reported
from intakebot.domain.figures.tables import Table
from intakebot.domain.stages import Outcome
from intakebot.domain.wording import plain


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say about how this landlord deals with complaints; "" or False where they say nothing."""

    own_definition: bool = False
    policy_url: str = ""
    signpost: bool = False
    ombudsman: str = ""
    receipt_rule: str = "calendar"
    automatic_acknowledgement: bool = False


@dataclass(frozen=True, slots=True)
class Assessed:
    """A provision with the evidence held for it, in sentences; none where the service keeps nothing about it."""

    provision: Provision
    evidence: tuple[str, ...]


def self_assessment(reported: Reported, figures: AnnualFigures, policy: Policy) -> tuple[Assessed, ...]:
    """Every provision of the Code, in order, with the evidence held for the period of `figures`."""
    sources = (_from_settings(policy), _from_cases(reported), _from_stages(reported, figures), _by_design())
    return tuple(
        Assessed(provision, tuple(said for held in sources for said in held.get(provision.clause, ())))
        for provision in PROVISIONS
    )


def _from_settings(policy: Policy) -> dict[str, tuple[str, ...]]:
    wording = (
        "The landlord’s wording is set and printed."
        if policy.own_definition
        else "No wording is set (landlord.complaint_definition)."
    )
    url = f"The policy is at {policy.policy_url}." if policy.policy_url else "No address is set (landlord.policy_url)."
    named = f"Letters name the {policy.ombudsman}." if policy.ombudsman else "No Ombudsman is set."
    help_offered = "Letters name somebody independent who can help." if policy.signpost else "No such help is set."
    who = "acknowledges by itself" if policy.automatic_acknowledgement else "waits for an officer to acknowledge"
    return {
        "1.2": (wording,),
        "3.1": (help_offered,),
        "3.4": (url,),
        "3.7": (named,),
        "6.2": (f"Days are counted from receipt by the rule “{policy.receipt_rule}”. The service {who}.",),
    }


def _from_cases(reported: Reported) -> dict[str, tuple[str, ...]]:
    kept = reported.kept
    refused = sum(1 for s in reported.stages if s.outcome == Outcome.REFUSED and s.stage == 1)
    escalations = sum(1 for s in reported.stages if s.outcome == Outcome.REFUSED and s.stage == 2)
    in_force = sum(1 for r in reported.restrictions if r.ended_on is None)
    return {
        "1.3": (f"Choices offered: {kept.choices_offered:,}. Complaints through somebody else: {kept.represented:,}.",),
        "1.4": (f"Service requests received: {kept.service_requests:,}.",),
        "1.5": (f"Complaints raised from another case: {kept.raised_from_another:,}.",),
        "2.1": (f"Complaints received in the period and not accepted: {refused:,}, each by a named officer.",),
        "2.2": (_reasons(reported),),
        "2.4": (f"Refusals later directed by the Ombudsman to be accepted: {_directed(reported):,}.",),
        "2.5": ("No refusal is possible without a note on the person’s circumstances.",),
        "3.6": (f"Cases with a representative: {kept.represented:,}. Meetings recorded: {kept.meetings:,}.",),
        "5.6": (f"Questions asked to clear up a complaint: {kept.clarifications:,}.",),
        "5.8": (f"Declarations about conflicts of interest: {kept.conflict_checks:,}.",),
        "5.10": (f"Adjustments on record: {kept.adjustments:,}.",),
        "5.11": (f"Requests for stage 2 refused: {escalations:,}.",),
        "5.14": (f"Restrictions in force: {in_force:,}, each with its evidence and a day of review.",),
        "6.6": (f"Actions promised or still to be done: {len(reported.actions):,}.",),
        "6.8": (f"Further issues joined: {kept.issues_merged:,}; given a case: {kept.issues_given_a_case:,}.",),
        "5.13": (f"Remedies offered at stage 1: {sum(1 for r in reported.remedies if r.record.stage == 1):,}.",),
        "7.1": (f"Remedies offered or still to be carried out: {len(reported.remedies):,}.",),
        "7.3": (f"Remedies promised by a day: {sum(1 for r in reported.remedies if r.record.due_on):,}.",),
        "9.1": (f"Learning recorded: {len(reported.learning):,}; nothing to learn: {reported.nothing_learned:,}.",),
    }


def _reasons(reported: Reported) -> str:
    """How often each reason for not accepting a complaint was given."""
    counted = Counter(refusal.record.reason for refusal in reported.refusals)
    given = ", ".join(f"{plain(reason)} {number:,}" for reason, number in sorted(counted.items()))
    return f"Reasons given for not accepting: {given or 'none given in the period'}."


def _directed(reported: Reported) -> int:
    return sum(1 for refusal in reported.refusals if refusal.record.directed_at is not None)


def _from_stages(reported: Reported, figures: AnnualFigures) -> dict[str, tuple[str, ...]]:
    stages = reported.accepted
    extended = tuple(sum(1 for s in stages if s.stage == n and s.valid_until > s.response_due) for n in (1, 2))
    by_key = {table.key: table for table in figures.tables}
    acknowledged = by_key["acknowledgements"].rows[-1]
    answered = {str(row[0]): row for row in by_key["timescales_by_stage"].rows}
    within = answered["Within it or a valid extension, as %"]
    nil = [str(row[0]) for row in by_key["channels"].rows if row[2]]
    used = [str(row[0]) for row in by_key["channels"].rows if not row[2]]
    return {
        "3.1": (f"Ways in that somebody used in the period: {', '.join(used) or 'none'}.",),
        "3.3": (f"Ways in that nobody used in the period: {', '.join(nil) or 'none'}.",),
        "6.2": (f"Acknowledged in time: {acknowledged[1]}.",),
        "6.3": (f"Answered in time, valid extensions included: {within[1]}.",),
        "6.4": (f"Extended by the rules: {extended[0]:,}.",),
        "6.10": (f"Requests for stage 2: {sum(1 for s in stages if s.stage == 2):,}.",),
        "6.11": (f"Acknowledged in time: {acknowledged[2]}.",),
        "6.14": (f"Answered in time, valid extensions included: {within[2]}.",),
        "6.15": (f"Extended by the rules: {extended[1]:,}.",),
        "8.5": (_incidents(by_key["incidents"]),),
        "9.2": ("The report to the Member Responsible for Complaints has trends by month, reason, area and team.",),
        "9.7": ("The command intakebot report mrc makes that report.",),
    }


def _incidents(table: Table) -> str:
    told = sum(1 for row in table.rows if row[3] != "Not recorded")
    listed = "; ".join(f"{str(row[0]).rstrip('.')} (from {row[1]})" for row in table.rows)
    return (
        f"Incidents of the period: {listed}. Of how many it is recorded where residents were told: {told:,}."
        if (table.rows)
        else "No incident is set for the period."
    )


def _by_design() -> dict[str, tuple[str, ...]]:
    """What the service makes impossible to do otherwise; docs/timescales.md names the test of each."""
    return {
        "1.6": ("A text for surveys says how to complain: the letter survey_footer.",),
        "2.3": ("A matter over 12 months old is shown to the officer, and is refused by nothing.",),
        "2.4": ("A refusal letter cannot be sent without the reason and the Ombudsman’s details.",),
        "4.2": ("Long extensions, money and restrictions name who approved them.",),
        "4.3": ("Work is shared by how many open cases each officer has.",),
        "5.2": ("The service knows two stages and no step before them.",),
        "5.3": ("The database refuses a third stage.",),
        "5.4": ("A contractor’s part is recorded on the same case.",),
        "5.5": ("The clocks run whoever acts.",),
        "5.7": ("An acknowledgement is refused without what the landlord is responsible for.",),
        "5.9": ("Agreed updates have a clock of their own; a long extension is refused without them.",),
        "5.12": ("Originals, letters and events are kept and never changed; each stage has its own outcome.",),
        "5.15": ("A restriction is refused without how disability and adjustments were considered.",),
        "6.1": ("The queue is ordered by danger and risk, then by what is due.",),
        "6.5": ("A notice of an extension cannot be sent without the Ombudsman’s details.",),
        "6.7": ("A response cannot be issued while a point has no answer.",),
        "6.9": ("A response cannot be sent unless all seven parts are there.",),
        "6.12": ("The reason for asking for stage 2 may be left empty.",),
        "6.13": ("The service refuses the same decider at both stages.",),
        "6.16": ("As 6.5.",),
        "6.17": ("As 6.6: promises of stage 2 are watched in the same way.",),
        "6.18": ("As 6.7.",),
        "6.19": ("A response cannot be sent unless all seven parts are there.",),
        "6.20": ("Nothing follows stage 2; the response names who contributed.",),
        "7.2": ("A remedy is refused without what the failing meant for the resident.",),
        "8.1": ("The command intakebot report annual makes the figures.",),
    }
