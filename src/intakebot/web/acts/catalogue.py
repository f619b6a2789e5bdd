"""The catalogue: every act that has a page, in the order the case page lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from intakebot.domain.case import Case
from intakebot.web.acts.act import ActForm, Group
from intakebot.web.acts.answering import ANSWERING
from intakebot.web.acts.beginning import BEGINNING
from intakebot.web.acts.ending import ENDING
from intakebot.web.acts.hazards import HAZARDS
from intakebot.web.acts.needs import NEEDS
from intakebot.web.acts.people import PEOPLE
from intakebot.web.acts.protection import PROTECTION
from intakebot.web.acts.redress import REDRESS
from intakebot.web.acts.representatives import REPRESENTATIVES

_ALL = (*BEGINNING, *ANSWERING, *REDRESS, *HAZARDS, *REPRESENTATIVES, *PROTECTION, *PEOPLE, *NEEDS, *ENDING)
ACT_FORMS: Final = {form.name: form for form in _ALL}
"""Every act by its name in the page's address."""


def offered_on(case: Case) -> Iterator[tuple[Group, tuple[ActForm, ...]]]:
    """The acts that make sense on a case now, by group."""
    for group in Group:
        forms = tuple(form for form in ACT_FORMS.values() if form.group is group and form.offered(case))
        if forms:
            yield group, forms
