"""Pages: templates become HTML. Everything put into one is escaped; nothing a message says is ever markup."""

from __future__ import annotations

from typing import Any

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader

from intakebot.domain.letters import long_date
from intakebot.domain.ringing import came_from, number_of
from intakebot.web import words
from intakebot.web.needs import banners


class Pages:
    """The templates, compiled as they are first used. `style` is the address of the stylesheet."""

    def __init__(self, style: str) -> None:
        # GOV.UK's macros read options that were not given, so an undefined name must be allowed to be chained.
        self._environment = Environment(
            loader=ChoiceLoader(
                [
                    PackageLoader("intakebot.web"),
                    PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
                ]
            ),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["style"] = style
        self._environment.filters.update(
            {
                "category": lambda label: words.CATEGORIES.get(label, label),
                "kind": lambda label: words.KINDS.get(label, label),
                "flag": lambda label: words.FLAGS.get(label, label),
                "need": lambda label: words.NEEDS.get(label, label),
                "status": lambda label: words.STATUSES.get(label, label),
                "authority": lambda label: words.AUTHORITIES.get(label, label),
                "representative_kind": lambda label: words.REPRESENTATIVE_KINDS.get(label, label),
                "purpose": lambda label: words.PURPOSES.get(label, label),
                "letter_state": lambda label: words.LETTER_STATES.get(label, label),
                "automatic": lambda label: words.AUTOMATIC.get(label, "Automatic"),
                "channel": words.channel,
                "sender": came_from,
                "number": number_of,
                "role": lambda label: words.ROLES.get(label, label),
                "danger": lambda number: words.DANGERS.get(number, ""),
                "event_title": words.event_title,
                "inside": words.inside,
                "when": words.when,
                "long_date": long_date,
                "size": words.size,
                "counted": words.counted,
                "banners": banners,
                "format_kind": lambda kind: words.FORMATS.get(kind, kind),
            }
        )

    def write(self, template: str, **facts: Any) -> str:
        """Write a page."""
        return self._environment.get_template(template).render(facts)
