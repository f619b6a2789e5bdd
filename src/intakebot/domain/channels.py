"""Channels: the ids of the ways a complaint can come. They stand in the store, in imports and in reports for good."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How something came. A complaint may be made in any way, to any member of staff (Code 3.1, 3.2)."""

    EMAIL = "email"
    WEB = "web"
    TELEGRAM = "telegram"
    RELAY_UK = "relay_uk"
    PHONE = "phone"
    IN_PERSON = "in_person"
    LETTER = "letter"
    SOCIAL_MEDIA = "social_media"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The channel as reports name it."""
        return {
            Channel.EMAIL: "Email",
            Channel.WEB: "Form on the website",
            Channel.TELEGRAM: "Telegram",
            Channel.RELAY_UK: "Relay UK",
            Channel.PHONE: "Telephone",
            Channel.IN_PERSON: "In person",
            Channel.LETTER: "Letter",
            Channel.SOCIAL_MEDIA: "Social media",
            Channel.OTHER: "Another way",
        }[self]


_SAME = {
    "relay": Channel.RELAY_UK,
    "video_relay": Channel.PHONE,  # to the landlord it is an interpreted phone call (accessibility.md 2)
    "visit": Channel.IN_PERSON,
    "social": Channel.SOCIAL_MEDIA,
}


def counted_as(channel: str) -> str:
    """The way of coming that a case by this channel is counted under; a channel from outside is counted by itself.

    >>> counted_as("relay"), counted_as("email"), counted_as("pigeon")
    ('relay_uk', 'email', 'pigeon')
    """
    return str(_SAME.get(channel, channel))
