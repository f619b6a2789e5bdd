"""The landlord: settings turned into the values the domain works with, and letters written in its name.

Built once at start. The verbs are handed this instead of settings, so that each sees only what it needs.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intakebot.config.settings import Settings
from intakebot.domain import complaints
from intakebot.domain.case import SYSTEM, Acting, Case, TagType, TimeRules, clocks_of
from intakebot.domain.disclosure import may_copy, may_follow
from intakebot.domain.incidents import Incident
from intakebot.domain.letters import CategoryWords, LetterFacts, letter_facts
from intakebot.domain.message import Address, NormalisedMessage, OutboundMessage, Purpose
from intakebot.domain.needs import FormatRules
from intakebot.domain.people import Authority, Officer, Person, RepresentativeKind
from intakebot.domain.places import PatchArea
from intakebot.domain.records import Ombudsman
from intakebot.domain.references import Signer
from intakebot.domain.representation import KindRule
from intakebot.domain.routing import Assignment, RoutingTable, TeamArea, route
from intakebot.domain.timescales import Clock, Rules
from intakebot.domain.watching import WatchStep, watch_steps
from intakebot.domain.working_days import Hours, england, local_date
from intakebot.formats.letter_check import open_letters
from intakebot.formats.letters import Letter, LetterBook

AUTO_REPLIED = "auto-replied"
AUTO_GENERATED = "auto-generated"


def time_rules(settings: Settings) -> TimeRules:
    """How this landlord counts days."""
    chosen = settings.calendar
    rules = Rules(chosen.receipt_rule, chosen.ack_day_counts_as, chosen.closing_time)
    return TimeRules(england(chosen.extra_holidays), rules, settings.hazards.periods)


@dataclass(frozen=True, slots=True)
class Landlord:
    """Everything about the landlord that the verbs need. `automatic_acknowledgement` is the Code 6.2 switch."""

    prefix: str
    address: Address
    own_addresses: frozenset[str]
    base_url: str
    automatic_acknowledgement: bool
    answers_per_day: int
    plus_addressing: bool
    time_rules: TimeRules
    hours: Hours
    officer_days: int
    manager_days: int
    chase_days: int
    kind_rules: Mapping[RepresentativeKind, KindRule]
    routing: RoutingTable
    words: dict[str, CategoryWords]
    letters: LetterBook
    lgsco_categories: frozenset[str]
    incidents: tuple[Incident, ...]
    formats: FormatRules
    signer: Signer
    links_in_letters: bool

    @classmethod
    def from_settings(cls, settings: Settings, signing_key: bytes) -> Landlord:
        """Build it. Raises BadInput for a letter template that is wrong."""
        mail, landlord = settings.mail, settings.landlord
        return cls(
            prefix=landlord.reference_prefix,
            address=Address(mail.address, mail.name),
            own_addresses=frozenset(mail.all_addresses),
            base_url=settings.base_url,
            automatic_acknowledgement=settings.acknowledge == "automatic",
            answers_per_day=mail.automatic_answers_per_day,
            plus_addressing=mail.plus_addressing,
            time_rules=time_rules(settings),
            hours=Hours(settings.hours.opens, settings.hours.closes),
            officer_days=settings.warnings.officer_days,
            manager_days=settings.warnings.manager_days,
            chase_days=settings.representatives.chase_days,
            kind_rules=settings.representatives.rules,
            routing=_routing(settings),
            words={
                category.value: CategoryWords(text.title, text.responsible_for, text.not_responsible_for)
                for category, text in landlord.categories.items()
            },
            letters=open_letters(settings.letters, landlord, mail.name),
            lgsco_categories=frozenset(landlord.lgsco_categories),
            incidents=tuple(Incident(i.since, i.until, i.what, i.told_residents) for i in settings.incidents),
            formats=FormatRules(settings.needs.format_days, settings.needs.safe_contact_days, settings.needs.print_pt),
            signer=Signer(signing_key),
            # Without an address of their own the pages are on this machine only, where nobody else can open a link.
            links_in_letters="web" in settings.channels and bool(settings.public_url or settings.demo),
        )

    def first_steps(self, case: Case) -> list[tuple[Clock, datetime | None]]:
        """Each of the case's clocks with the time its first warning is due; None once it is met."""
        steps: list[tuple[Clock, datetime | None]] = []
        for clock in clocks_of(case):
            watched = self.steps_of(clock)
            steps.append((clock, watched[0].at if clock.met_at is None and watched else None))
        return steps

    def steps_of(self, clock: Clock) -> tuple[WatchStep, ...]:
        """Who is told what of a clock, and when."""
        calendar = self.time_rules.calendar
        return watch_steps(clock, calendar, self.hours, self.officer_days, self.manager_days, self.chase_days)

    def acting(self, now: datetime) -> Acting:
        """The service itself, now."""
        return Acting(SYSTEM, None, self.time_rules, now)

    def defined(self, case: Case) -> Case:
        """The case with its stage's definition and responsibilities by its topics, where nobody wrote them."""
        facts = letter_facts(case, self.words, "")
        if case.current is None or not facts.about:
            return case
        stage, topics = case.current, "; ".join(facts.about)
        return case.with_current(
            definition=stage.definition or f"You are unhappy about: {topics}.",
            outcomes_sought=stage.outcomes_sought or "\n".join(facts.outcomes_sought),
            responsible_for=stage.responsible_for or "\n".join(facts.responsible_for),
            not_responsible_for=stage.not_responsible_for or "\n".join(facts.not_responsible_for),
        )

    def ombudsman_of(self, case: Case) -> Ombudsman:
        """Which Ombudsman the matter goes to: a council sets the categories that are not its landlord's functions."""
        theirs = case.labels(TagType.CATEGORY)[:1]
        return Ombudsman.LGSCO if set(theirs) & self.lgsco_categories else Ombudsman.HOS

    def write(self, name: str, case: Case, to_name: str) -> Letter:
        """Write a letter about a case to somebody with this name, who has just written to us."""
        facts = letter_facts(case, self.words, to_name)
        if facts.authority_needed:
            asked = next(r for r in case.representatives if r.authority is Authority.PENDING)
            facts = replace(facts, authority_shown_by=self.facts(case, asked.person).authority_shown_by)
        return self.letters.write(name, case=facts)

    def facts(self, case: Case, reader: Person, said: str = "") -> LetterFacts:
        """What a letter to this person of the case may state. `said` is the officer's own part of it."""
        facts = letter_facts(case, self.words, reader.name, said)
        one = next((r for r in case.representatives if r.person.id == reader.id and reader.id), None)
        needed = one is not None and one.authority is Authority.PENDING
        rule = self.kind_rules.get(one.kind) if one else None
        shown_by = rule.must_see if rule and rule.taken_as_given else ""
        return replace(facts, authority_needed=needed, authority_shown_by=shown_by)

    def status_path(self, case: Case, person: Person) -> str:
        """Where a party sees how their case stands: a signed address, without that of the pages before it."""
        return f"/case/{self.signer.status_mark(case.reference, person.id)}"

    def with_link(self, letter: Letter, case: Case, reader: Person, to: Address, now: datetime) -> Letter:
        """The letter with the link to its reader's status page under it.

        As it is where they have no such page; where it goes to an address that is not known to be theirs; and where
        somebody may be at risk from whoever else reads it.
        """
        theirs = to.key in reader.keys and reader.id in {p.id for p in may_follow(case, local_date(now))}
        if not (self.links_in_letters and theirs and may_copy(case)):
            return letter
        return self.letters.with_link(letter, self.base_url + self.status_path(case, reader))

    def to_resident(
        self,
        case: Case,
        purpose: Purpose,
        letter: Letter,
        to: Address,
        now: datetime,
        *,
        answers: NormalisedMessage | None = None,
        automatic: bool = True,
    ) -> OutboundMessage:
        """A letter on a case as a message, threaded to what it answers (RFC 5322 3.6.4), with a signed way back."""
        references = (*answers.references, answers.message_id) if answers and answers.message_id else ()
        reply_to = None
        if self.plus_addressing and to.channel == "email":
            reply_to = Address(self.signer.reply_address(self.address.email, case.reference, to.key), self.address.name)
        return OutboundMessage(
            channel=to.channel,
            purpose=purpose,
            message_id=self.signer.message_id(secrets.token_hex(8), case.reference, to.key, self.domain),
            to=(to,),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            written_at=now,
            reply_to=reply_to,
            in_reply_to=answers.message_id if answers else "",
            references=references,
            auto_submitted=AUTO_REPLIED if automatic else "",
        )

    def without_case(self, letter: Letter, answers: NormalisedMessage, to: Address, now: datetime) -> OutboundMessage:
        """An answer that says nothing of any case."""
        return OutboundMessage(
            channel=to.channel,
            purpose=Purpose.RECEIPT,
            message_id=f"{secrets.token_hex(12)}@{self.domain}",
            to=(to,),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            written_at=now,
            in_reply_to=answers.message_id,
            references=(*answers.references, answers.message_id) if answers.message_id else (),
            auto_submitted=AUTO_REPLIED,
        )

    def to_staff(self, purpose: Purpose, letter: Letter, to: str, now: datetime) -> OutboundMessage:
        """A notice to a member of staff. It names references, never residents."""
        return OutboundMessage(
            channel="email",
            purpose=purpose,
            message_id=f"{secrets.token_hex(12)}@{self.domain}",
            to=(Address(to),),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            written_at=now,
            auto_submitted=AUTO_GENERATED,
        )

    def route_again(self, case: Case, officers: Sequence[Officer], now: datetime, without: int | None) -> Assignment:
        """Whom routing chooses for a case that is already open, leaving out one officer by `id`."""
        patch = next((p for p in self.routing.patches if p.id == case.patch), None)
        others = [o for o in officers if o.id != without and complaints.may_decide(case, o.id)]
        categories, flags = case.labels(TagType.CATEGORY), case.labels(TagType.FLAG)
        return route(categories, flags, patch, "", self.routing, others, local_date(now))

    def case_link(self, reference: str) -> str:
        """Where staff open a case."""
        return f"{self.base_url}/staff/cases/{reference}"

    def officer_address(self, officers: Sequence[Officer], case: Case) -> str:
        """Where notices about a case go: its officer, else its team's manager, else the duty officer."""
        officer = next((o for o in officers if o.id == case.officer_id and o.active), None)
        team = self.routing.team(case.team)
        return (officer.email if officer else "") or (team.manager if team else "") or self.routing.duty_officer

    @property
    def domain(self) -> str:
        """The domain of our Message-IDs."""
        return self.address.email.rpartition("@")[2].lower()


def _routing(settings: Settings) -> RoutingTable:
    chosen = settings.routing
    return RoutingTable(
        teams=tuple(
            TeamArea(team_id, team.name, team.manager, team.categories, team.flags)
            for team_id, team in chosen.teams.items()
        ),
        patches=tuple(
            PatchArea(patch_id, patch.name, patch.postcodes, patch.streets)
            for patch_id, patch in chosen.patches.items()
        ),
        default_team=chosen.default_team,
        duty_officer=chosen.duty_officer,
    )
