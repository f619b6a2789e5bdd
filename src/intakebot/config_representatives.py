"""Settings for representatives: what a landlord asks of each kind before it tells them anything of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from intakebot.domain.people import RepresentativeKind
from intakebot.domain.representation import KIND_RULES, KindRule


class KindOfRepresentative(BaseModel):
    """Whether authority is taken as given, what must be seen, and the mail domains that show it by themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    taken_as_given: bool = False
    must_see: str = ""
    mail_domains: tuple[str, ...] = ()

    @property
    def rule(self) -> KindRule:
        """The rule as the domain reads it."""
        return KindRule(self.taken_as_given, self.must_see, self.mail_domains)


def _default(kind: RepresentativeKind) -> KindOfRepresentative:
    rule = KIND_RULES[kind]
    return KindOfRepresentative(
        taken_as_given=rule.taken_as_given, must_see=rule.must_see, mail_domains=rule.mail_domains
    )


class Representatives(BaseModel):
    """How representatives are asked for authority; `../docs/for-staff.md` explains. Kinds not here ask the resident."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chase_days: Annotated[int, Field(ge=0, le=10)] = 3
    mp: KindOfRepresentative = _default(RepresentativeKind.MP)
    councillor: KindOfRepresentative = _default(RepresentativeKind.COUNCILLOR)
    solicitor: KindOfRepresentative = _default(RepresentativeKind.SOLICITOR)
    attorney: KindOfRepresentative = _default(RepresentativeKind.ATTORNEY)
    deputy: KindOfRepresentative = _default(RepresentativeKind.DEPUTY)
    executor: KindOfRepresentative = _default(RepresentativeKind.EXECUTOR)

    @property
    def rules(self) -> Mapping[RepresentativeKind, KindRule]:
        """What is asked of each kind."""
        return {kind: getattr(self, kind.value).rule for kind in KIND_RULES}
