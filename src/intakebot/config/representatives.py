"""Settings for representatives: what a landlord asks of each kind before it tells them anything of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from intakebot.config.values import Section
from intakebot.domain.people import RepresentativeKind
from intakebot.domain.representation import KIND_RULES, KindRule


class KindOfRepresentative(Section):
    """Whether authority is taken as given, what must be seen, and the mail domains that show it by themselves."""

    taken_as_given: bool = False
    must_see: str = ""
    mail_domains: tuple[str, ...] = ()

    @property
    def rule(self) -> KindRule:
        """The rule as the domain reads it."""
        return KindRule(self.taken_as_given, self.must_see, self.mail_domains)


class Mp(KindOfRepresentative):
    """Members of Parliament: the law lets them act for constituents (DPA 2018, Schedule 1, paragraphs 23 and 24)."""

    taken_as_given: bool = True
    must_see: str = KIND_RULES[RepresentativeKind.MP].must_see
    mail_domains: tuple[str, ...] = KIND_RULES[RepresentativeKind.MP].mail_domains


class Attorney(KindOfRepresentative):
    """Attorneys and appointees."""

    taken_as_given: bool = True
    must_see: str = KIND_RULES[RepresentativeKind.ATTORNEY].must_see


class Deputy(KindOfRepresentative):
    """Deputies appointed by a court."""

    taken_as_given: bool = True
    must_see: str = KIND_RULES[RepresentativeKind.DEPUTY].must_see


class Executor(KindOfRepresentative):
    """Executors, administrators and next of kin of somebody who has died."""

    taken_as_given: bool = True
    must_see: str = KIND_RULES[RepresentativeKind.EXECUTOR].must_see


class Representatives(Section):
    """How representatives are asked for authority; `../docs/for-staff.md` explains. Kinds not here ask the resident."""

    chase_days: Annotated[int, Field(ge=0, le=10)] = 3
    mp: Mp = Mp()
    councillor: KindOfRepresentative = KindOfRepresentative()
    solicitor: KindOfRepresentative = KindOfRepresentative()
    attorney: Attorney = Attorney()
    deputy: Deputy = Deputy()
    executor: Executor = Executor()

    @property
    def rules(self) -> Mapping[RepresentativeKind, KindRule]:
        """What is asked of each kind."""
        return {kind: getattr(self, kind.value).rule for kind in KIND_RULES}
