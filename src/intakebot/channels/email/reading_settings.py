"""What reading mail needs to know of the landlord, and how much of one message it will open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """Who we are and the limits of one message. Addresses, domain and list names are lower case.

    `own_lists` are List-Ids or addresses of groups that carry our own mail; `trusted_senders` are addresses, or
    "@domain", of website forms and voicemail gateways whose machine-written mail carries people's words;
    `authserv_id` names the relay whose Authentication-Results are believed (RFC 8601 5), "" for none.
    """

    our_addresses: frozenset[str] = frozenset()
    our_domain: str = ""
    own_lists: frozenset[str] = frozenset()
    trusted_senders: frozenset[str] = frozenset()
    authserv_id: str = ""
    max_parts: int = 200
    max_depth: int = 12
    max_text: int = 1_000_000
    max_html: int = 2_000_000
    max_attachments: int = 200

    def is_ours(self, address: str) -> bool:
        """Whether an address is one of ours, with or without a +token in it."""
        local, _, domain = address.strip().casefold().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" in self.our_addresses or f"{local}@{domain}" in self.our_addresses

    def is_from_us(self, address: str) -> bool:
        """Whether an address is ours or a colleague's: in our domain or one below it."""
        domain = address.strip().casefold().rpartition("@")[2]
        return self.is_ours(address) or self.is_our_domain(domain)

    def is_our_domain(self, domain: str) -> bool:
        """Whether a domain is ours or below it."""
        return bool(self.our_domain) and (domain == self.our_domain or domain.endswith(f".{self.our_domain}"))

    def trusts(self, address: str) -> bool:
        """Whether mail from this address carries people's words although a machine wrote it."""
        key = address.strip().casefold()
        return bool(key) and (key in self.trusted_senders or f"@{key.rpartition('@')[2]}" in self.trusted_senders)
