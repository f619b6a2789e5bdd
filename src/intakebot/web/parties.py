"""Parties: the signed links by which the people on a case, and nobody else, come to it without signing in."""

from __future__ import annotations

from intakebot.domain.case import Case
from intakebot.domain.disclosure import may_follow
from intakebot.domain.message import Address, Party
from intakebot.domain.people import Person
from intakebot.domain.working_days import local_date
from intakebot.web.site import Site


def link_to(site: Site, case: Case, person: Person) -> str:
    """The private link of a party to their case, without the site's own address."""
    return site.landlord.status_path(case, person)


async def party_of(site: Site, mark: str) -> tuple[Case, Person] | None:
    """The case and the party a signed link is for; None for a link that is not ours, or not any more."""
    signer = site.landlord.signer
    reference = signer.reference_in(mark)
    case = await site.store.read(lambda work: work.cases.get(reference)) if reference else None
    if case is None:
        return None
    parties = may_follow(case, local_date(site.now()))
    return next(((case, one) for one in parties if signer.is_status_mark(mark, reference, one.id)), None)


def as_party(person: Person) -> Party:
    """Somebody on a case as the writer of a form."""
    return Party(person.name, person.email, person.phone, person.telegram)


def way_back(site: Site, case: Case, writer: Address | None) -> str:
    """Our own address signed for this case and writer, by which a message finds its case as an answer does."""
    key = writer.key if writer else ""
    return site.landlord.signer.reply_address(site.landlord.address.email, case.reference, key)
