"""Representation: who acts for a resident, on what authority, and how that changes (Code 1.3, 3.6).

Acts as in `complaints`. A complaint is handled the same whoever brings it, and no clock waits for authority.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from intakebot.domain import safety
from intakebot.domain.case import Acting, Case, Change, Event, EventType
from intakebot.domain.people import (
    ACTING_AUTHORITY,
    Authority,
    AuthorityBasis,
    Person,
    Representative,
    RepresentativeKind,
)
from intakebot.domain.wording import long_day, plain
from intakebot.domain.working_days import local_date
from intakebot.errors import Refused

_CLAUSE: Final = "3.6"
MOST: Final = 10
"""More representatives than this on one case are a mistake or an attack."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a landlord asks of one kind of representative (accessibility.md 6).

    `taken_as_given`: the resident's permission is not asked for; authority stands once somebody has seen what
    `must_see` says, and at once for mail from one of `mail_domains` that our relay found genuine.
    """

    taken_as_given: bool = False
    must_see: str = ""
    mail_domains: tuple[str, ...] = ()


KIND_RULES: Final[Mapping[RepresentativeKind, KindRule]] = MappingProxyType(
    {
        RepresentativeKind.MP: KindRule(True, "a message from your parliamentary address", ("parliament.uk",)),
        RepresentativeKind.COUNCILLOR: KindRule(),
        RepresentativeKind.SOLICITOR: KindRule(),
        RepresentativeKind.ATTORNEY: KindRule(True, "a copy of the power of attorney and its registration"),
        RepresentativeKind.DEPUTY: KindRule(True, "a copy of the court order that appoints you"),
        RepresentativeKind.EXECUTOR: KindRule(
            True, "a copy of the will or grant of probate, or proof that you are next of kin"
        ),
    }
)
"""What a landlord asks who says nothing else; any kind that is not here needs the resident's permission."""

_MOVES: Final = {
    Authority.PENDING: {Authority.GIVEN, Authority.LIMITED, Authority.REFUSED, Authority.WITHDRAWN},
    Authority.GIVEN: {Authority.GIVEN, Authority.LIMITED, Authority.WITHDRAWN, Authority.EXPIRED},
    Authority.LIMITED: {Authority.GIVEN, Authority.LIMITED, Authority.WITHDRAWN, Authority.EXPIRED},
    Authority.EXPIRED: {
        Authority.PENDING, Authority.GIVEN, Authority.LIMITED, Authority.REFUSED, Authority.WITHDRAWN,
    },
    Authority.REFUSED: {Authority.GIVEN, Authority.LIMITED},
    Authority.WITHDRAWN: {Authority.GIVEN, Authority.LIMITED},
}  # fmt: skip
"""What may follow what. Somebody refused or withdrawn is not asked again: new evidence must come first."""

_KINDS_BY_WORDS: Final = (
    (RepresentativeKind.MP, r"mp|mps|member of parliament"),
    (RepresentativeKind.COUNCILLOR, r"cllr|councill?ors?|ward member|my ward|in ward"),
    (RepresentativeKind.SOLICITOR, r"solicitors?|law firm|legal representative|instructed by"),
    (RepresentativeKind.ATTORNEY, r"attorney|lpa|appointee"),
    (RepresentativeKind.DEPUTY, r"deputy|court of protection"),
    (RepresentativeKind.EXECUTOR, r"executors?|executrix|administrator of|next of kin|probate"),
    (
        RepresentativeKind.SUPPORT_WORKER,
        r"(?:support|social|key|care|outreach|floating|tenancy|family) worker|carer|nurse|health visitor"
        r"|occupational therapist|midwife",
    ),
    (RepresentativeKind.ADVISER, r"advi[sc]e|advis[eo]r|advocate|advocacy|caseworker|casework|client"),
    (
        RepresentativeKind.RELATIVE,
        r"mum|mother|dad|father|nan|gran|grand\w+|parents?|daughter|son|sister|brother|wife|husband|partner|aunt"
        r"|auntie|uncle|niece|nephew|cousin|relative|family",
    ),
    (RepresentativeKind.FRIEND, r"friend|neighbour"),
)

_PASSES_WORDS_ON: Final = re.compile(
    r"\b(?:relay (?:uk )?(?:assistant|operator)|(?:typetalk|text relay) operator|communications? assistant"
    r"|interpreters?|translators?|signer|lip ?speaker|note ?taker)\b",
    re.I,
)


def kind_of(relation: str) -> RepresentativeKind:
    """What somebody is to the resident by how they, or a classifier's evidence, put it; OTHER where nothing tells.

    >>> kind_of("I am his daughter"), kind_of("Citizens Advice"), kind_of("MP for Larkmere")
    (<RepresentativeKind.RELATIVE: 'relative'>, <RepresentativeKind.ADVISER: 'adviser'>, <RepresentativeKind.MP: 'mp'>)
    """
    words = relation.casefold().replace("_", " ")
    found = (kind for kind, pattern in _KINDS_BY_WORDS if re.search(rf"\b(?:{pattern})\b", words))
    return next(found, RepresentativeKind.OTHER)


def only_passes_words_on(relation: str) -> bool:
    """Whether that is a relay assistant or an interpreter, who is nobody's representative (accessibility.md 1, 2).

    >>> only_passes_words_on("BSL interpreter"), only_passes_words_on("her daughter, who interprets")
    (True, False)
    """
    return kind_of(relation) is RepresentativeKind.OTHER and bool(_PASSES_WORDS_ON.search(relation))


def first_known(
    person: Person, relation: str, sender_domain: str, genuine: bool, rules: Mapping[RepresentativeKind, KindRule],
    today: date,
) -> Representative:  # fmt: skip
    """The representative that a first message declares or shows, logged at once with authority pending.

    It is given at once only where the landlord takes it as given from this mail domain, and our relay found the
    sender genuine (DMARC). `today` is a local date.
    """
    kind = kind_of(relation)
    rule = rules.get(kind, KindRule())
    named = Representative(person, relation, kind=kind)
    domains = tuple(domain.casefold() for domain in rule.mail_domains)
    known = any(sender_domain == d or sender_domain.endswith(f".{d}") for d in domains)
    if not (rule.taken_as_given and genuine and sender_domain and known):
        return named
    shown = f"Genuine mail from {sender_domain}, whose authority is taken as given."
    basis = AuthorityBasis.ELECTED
    return replace(named, authority=Authority.GIVEN, basis=basis, given_on=today, evidence=shown)


def logged(representative: Representative, acting: Acting) -> Event:
    """The event of a representative who came with a first message."""
    said = f"Somebody writes for the resident ({plain(representative.kind)}). Authority is {representative.authority}"
    shown = f": {representative.evidence}" if representative.evidence else "."
    return acting.event(EventType.REPRESENTATIVE_NAMED, said + shown)


def authority_on(case: Case, representative: Representative, today: date) -> Authority:
    """Their authority on a local date. After its last day it has expired, whatever is on record.

    What a resident permitted, and every power of attorney and deputyship, ends with the resident's death; only
    authority over the estate does not.
    """
    if representative.authority not in ACTING_AUTHORITY:
        return representative.authority
    over = representative.expires_on is not None and representative.expires_on < today
    ended = safety.is_dead(case, case.resident) and representative.basis is not AuthorityBasis.ESTATE
    return Authority.EXPIRED if over or ended else representative.authority


def name(case: Case, person: Person, kind: RepresentativeKind, relation: str, acting: Acting) -> Change:
    """Somebody acts for the resident, or wishes to: their authority is pending. One more beside any there is.

    Raises `Refused` for the resident, for somebody who is on the case already, for more than `MOST`, and for a relay
    assistant or interpreter.
    """
    if kind is RepresentativeKind.OTHER and only_passes_words_on(relation):
        raise Refused("A relay assistant or interpreter only passes words on and needs no authority", _CLAUSE)
    if person.id == case.resident.id:
        raise Refused("The resident needs nobody's authority", _CLAUSE)
    if any(r.person.id == person.id for r in case.representatives):
        raise Refused("That person is a representative on this case already", _CLAUSE)
    if len(case.representatives) >= MOST:
        raise Refused(f"A case has at most {MOST} representatives", _CLAUSE)
    named = Representative(person, relation.strip(), kind=kind, number=len(case.representatives) + 1)
    event = acting.event(EventType.REPRESENTATIVE_NAMED, f"A representative was named ({plain(kind)}).")
    if case.representative is None:
        return Change(replace(case, representative=named), (event,))
    return Change(replace(case, further=(*case.further, named)), (event,))


def turns_out_to_act_for(case: Case, resident: Person, writer: Representative, acting: Acting) -> Change:
    """Who was taken for the resident says that they write for somebody else: the resident is that person.

    Nothing we know of anybody is taken for it. Raises `Refused` where a response went, or somebody acts already.
    """
    if case.representatives or case.responded_at is not None:
        raise Refused("Record it by hand: letters went already to whom they were taken for", _CLAUSE)
    named = replace(writer, person=case.resident, number=1)
    said = f"The writer says that they write for somebody else ({plain(named.kind)})."
    changed = replace(case, resident=resident, representative=named)
    return Change(changed, (acting.event(EventType.REPRESENTATIVE_NAMED, said),))


def say_relation(case: Case, person: Person, relation: str, acting: Acting) -> Change:
    """A representative whose relation nobody knew says what they are to the resident."""
    held = next((r for r in case.representatives if r.person.id == person.id), None)
    if held is None or held.relation or not relation.strip():
        return Change(case, ())
    told = replace(held, relation=relation.strip(), kind=kind_of(relation))
    event = acting.event(EventType.REPRESENTATIVE_NAMED, f"The representative says what they are ({plain(told.kind)}).")
    return Change(_with(case, told), (event,))


def record_authority(
    case: Case, number: int, authority: Authority, acting: Acting, *,
    evidence: str = "", attachment: str = "", basis: AuthorityBasis | None = None,
    given_on: date | None = None, expires_on: date | None = None, topics: tuple[str, ...] = (),
) -> Change:  # fmt: skip
    """Record what a representative's authority is from now on. A withdrawal or refusal holds at once.

    Raises `Refused` for a change there is not; without what shows it, unless it is asked for anew; for one given
    without how, given in the future, or ending before tomorrow; for a limited one without topics; for one by
    telephone without a last day; and for any but the estate's once the resident has died.
    """
    held = representative(case, number)
    if authority not in _MOVES[held.authority]:
        raise Refused(f"Authority that is {held.authority} cannot become {authority}", _CLAUSE)
    if authority is not Authority.PENDING and not evidence.strip():
        raise Refused("Say what shows it: a signed form, a call with the resident, a court's order", _CLAUSE)
    changed = replace(
        held, authority=authority, evidence=evidence.strip(), attachment=attachment.strip(), basis=None,
        given_on=None, expires_on=None, topics=(), chased_at=None,
    )  # fmt: skip
    if authority in ACTING_AUTHORITY:
        today = local_date(acting.now)
        _check_given(case, authority, basis, given_on or today, expires_on, topics, today)
        limited = topics if authority is Authority.LIMITED else ()
        changed = replace(
            changed,
            basis=basis,
            given_on=given_on or today,
            expires_on=expires_on,
            topics=tuple(dict.fromkeys(limited)),
        )
    return Change(_with(case, changed), (acting.event(EventType.AUTHORITY_RECORDED, _said(changed, case)),))


def _check_given(
    case: Case, authority: Authority, basis: AuthorityBasis | None, given_on: date, expires_on: date | None,
    topics: tuple[str, ...], today: date,
) -> None:  # fmt: skip
    if basis is None:
        raise Refused("Say how the authority was given", _CLAUSE)
    if given_on > today:
        raise Refused("The authority cannot have been given in the future", _CLAUSE)
    if expires_on is not None and expires_on <= today:
        raise Refused("Give a day to come as its last day", _CLAUSE)
    if basis is AuthorityBasis.PHONE and expires_on is None:
        raise Refused("Permission by telephone is for a time: give its last day", _CLAUSE)
    if authority is Authority.LIMITED and not topics:
        raise Refused("Say which topics the authority covers", _CLAUSE)
    if safety.is_dead(case, case.resident) and basis is not AuthorityBasis.ESTATE:
        raise Refused("The resident has died: only an executor, administrator or next of kin may act", _CLAUSE)


def _said(changed: Representative, case: Case) -> str:
    which = f"representative {changed.number}'s" if len(case.representatives) > 1 else "the representative's"
    topics = f" for {', '.join(plain(t) for t in changed.topics)}" if changed.topics else ""
    how = f", by {plain(changed.basis)}" if changed.basis else ""
    until = f", until {long_day(changed.expires_on)}" if changed.expires_on else ""
    file = f" ({changed.attachment})" if changed.attachment else ""
    shown = f" {changed.evidence}{file}" if changed.evidence else ""
    sentence = f"{which} authority is {plain(changed.authority)}{topics}{how}{until}.{shown}"
    return sentence[0].upper() + sentence[1:]


def choose_letters(case: Case, number: int, letters: bool, copy_to_resident: bool, acting: Acting) -> Change:
    """Choose whether letters go to this representative while they act, and whether the resident gets copies."""
    held = representative(case, number)
    to = "go to the representative" if letters else "do not go to the representative"
    copy = "; the resident gets a copy" if letters and copy_to_resident else ""
    event = acting.event(EventType.LETTERS_CHOSEN, f"While they may act, letters {to}{copy}.")
    return Change(_with(case, replace(held, letters=letters, copy_to_resident=copy_to_resident)), (event,))


def expire(case: Case, acting: Acting) -> Change:
    """Put on record every authority whose last day is past, or that ended with the resident's death."""
    today, changed, events = local_date(acting.now), case, []
    for held in case.representatives:
        if held.authority is not Authority.EXPIRED and authority_on(case, held, today) is Authority.EXPIRED:
            changed = _with(changed, replace(held, authority=Authority.EXPIRED))
            events.append(acting.event(EventType.AUTHORITY_EXPIRED, "The representative's authority has expired."))
    return Change(changed, tuple(events))


def to_chase(case: Case) -> tuple[Representative, ...]:
    """Who is still to be asked again for authority before the response is due: once each."""
    return tuple(r for r in case.representatives if r.authority is Authority.PENDING and r.chased_at is None)


def chased(case: Case, number: int, how: str, acting: Acting) -> Change:
    """A representative was asked again for authority before the response is due; or could not be, as `how` says."""
    held = replace(representative(case, number), chased_at=acting.now)
    return Change(_with(case, held), (acting.event(EventType.AUTHORITY_CHASED, how),))


def ask(case: Case, acting: Acting) -> Change:
    """An officer asks everybody without authority for it. Owes the letter that asks. Raises `Refused` for nobody."""
    waiting = [r for r in case.representatives if r.authority is Authority.PENDING]
    if not waiting:
        raise Refused("Nobody on this case waits for authority", _CLAUSE)
    changed = case
    for held in waiting:
        changed = _with(changed, replace(held, chased_at=acting.now))
    return Change(changed, (acting.event(EventType.AUTHORITY_CHASED, "Authority was asked for again."),))


def representative(case: Case, number: int) -> Representative:
    """A representative of the case by number. Raises `Refused` where there is none."""
    found = next((r for r in case.representatives if r.number == number), None)
    if found is None:
        raise Refused("There is no such representative on this case", _CLAUSE)
    return found


def _with(case: Case, changed: Representative) -> Case:
    if case.representative is not None and case.representative.number == changed.number:
        return replace(case, representative=changed)
    return replace(case, further=tuple(changed if r.number == changed.number else r for r in case.further))
