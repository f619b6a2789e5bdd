"""Who gets no answer: mail written by machines is told apart from people's words (RFC 3834, 3464, 8098, 2919).

Two mistakes are possible and they are not equal. Answering a machine makes one needless letter, and letters per
address are limited; taking a person's words for a machine's loses a complaint. So a single weak sign never
decides: a subject that sounds automatic, `Precedence: bulk`, `X-Auto-Response-Suppress` or an empty return path
alone leave the mail a person's. (An empty return path is kept in `Envelope.sender` as "", and such mail must not
be answered automatically whatever else is true of it: RFC 5321 4.5.5.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from intakebot.channels.email.headers import Headers
from intakebot.channels.email.parts import Part
from intakebot.channels.email.reading_settings import ReadingSettings
from intakebot.domain.message import Address, Automatic

# How mail programs begin the subject of an absence note: Exchange and Outlook in the languages we meet, Gmail, others.
_ABSENCE = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|responder)|out of (?:the )?office(?: autoreply)?|auto"
    r"|abwesenheitsnotiz|automatische antwort|réponse automatique|absence du bureau|respuesta automática"
    r"|fuera de (?:la )?oficina|risposta automatica|fuori sede|automatisch antwoord|afwezig|resposta automática"
    r"|odpowiedź automatyczna|automatyczna odpowiedź|autosvar|automatisk svar|automaattinen vastaus|ateb awtomatig"
    r"|răspuns automat|otomatik yanıt|автоматичен отговор|автоматический ответ|автоматична відповідь"
    r"|automatická odpověď|automatikus válasz|automatinis atsakymas|αυτόματη απάντηση|رد تلقائي|自动答复|自動回覆)"
    r"\s?[::]",
    re.IGNORECASE,
)
_BOUNCE = re.compile(
    r"undeliver(?:able|ed)|delivery (?:status notification|failure|has failed|delayed|incomplete)"
    r"|(?:mail|message) delivery (?:failed|failure|subsystem)|mail system error|failure notice|returned (?:e-?)?mail"
    r"|returning message to sender|could not (?:be delivered|deliver)|not delivered|message .{0,40}delayed"
    r"|unzustellbar|non remis|no se puede entregar|impossibile recapitare|onbestelbaar|niedostarczalne"
    r"|failed to deliver",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"(?:read|not read|read receipt|gelesen|ungelesen|lu|non lu|leído|letto|gelezen)\s?:", re.IGNORECASE
)
_RECEIPT_TEXT = re.compile(r"\b(?:was read on|was deleted without being read|wurde .{0,60}gelesen)\b", re.IGNORECASE)
_REPLY_HEADERS = re.compile(r"x-(?:auto-?reply(?:-from|-domain)?|auto-?respond(?:er)?|mail-autoreply|vacation)")
_BOUNCERS = frozenset({"mailer-daemon", "mailerdaemon", "mail-daemon"})
_LIST_ID = re.compile(r"<([^<>]{1,255})>")
_METHOD = re.compile(rb"^METHOD\s{0,5}:\s{0,5}REPLY\b", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Signs:
    """What the rules below look at, read once."""

    message: Part
    sender: Address | None
    return_path: str | None
    text: str
    settings: ReadingSettings

    @property
    def headers(self) -> Headers:
        return self.message.headers

    @property
    def subject(self) -> str:
        return self.headers.text("subject")

    @property
    def key(self) -> str:
        """The sender, lower case; where From holds no mail address, its words (`MAILER-DAEMON`)."""
        return self.sender.key if self.sender else self.headers.text("from").casefold()

    @property
    def local_part(self) -> str:
        return self.key.rpartition("@")[0] or self.key.split(" ")[0].strip("<>")

    @property
    def empty_return_path(self) -> bool:
        return self.return_path == ""

    @property
    def auto_submitted(self) -> str:
        return self.headers.token("auto-submitted")

    @property
    def precedence(self) -> str:
        return self.headers.token("precedence")

    @property
    def trusted(self) -> bool:
        return self.settings.trusts(self.key) or self.settings.trusts(self.return_path or "")


def recognise(
    message: Part, sender: Address | None, return_path: str | None, text: str, settings: ReadingSettings
) -> tuple[Automatic | None, str]:
    """What kind of machine wrote this, and the sign it was known by; (None, "") for a person.

    `sender` is the From address; `return_path` the envelope sender, "" for `<>`, None if unknown; `text` the
    readable text. Only the outermost message counts: a person may forward a report.
    """
    signs = _Signs(message, sender, return_path, text[:5000], settings)
    for rule in (_report, _bounce, _own_mail, _auto_submitted, _absence, _read_receipt, _calendar, _list):
        kind, reason = rule(signs)
        if kind:
            return kind, reason
    return None, ""


_PERSON: tuple[None, str] = (None, "")


def _report(signs: _Signs) -> tuple[Automatic | None, str]:
    """RFC 6522 reports by their structure. A person who attaches a report they got has an ordinary return path."""
    is_report = signs.message.content_type == "multipart/report"
    if not is_report and not (signs.empty_return_path or signs.local_part in (*_BOUNCERS, "postmaster")):
        return _PERSON
    kind = signs.headers.parameter("content-type", "report-type").lower() if is_report else ""
    inside = {part.content_type for part in signs.message.walk()}
    if kind == "delivery-status" or inside & {"message/delivery-status", "message/global-delivery-status"}:
        return Automatic.DELIVERY_REPORT, "it is a delivery report (RFC 3464)"
    if kind == "disposition-notification" or "message/disposition-notification" in inside:
        return Automatic.READ_RECEIPT, "it is a read receipt (RFC 8098)"
    if is_report:
        return Automatic.GENERATED, "it is a machine's report (multipart/report)"
    return _PERSON


def _bounce(signs: _Signs) -> tuple[Automatic | None, str]:
    """Reports that do not have the form of one: qmail, old Exchange, Gmail."""
    bounces = _BOUNCE.search(signs.subject) is not None
    exchange = signs.local_part.startswith("microsoftexchange") or signs.headers.has("x-ms-exchange-message-is-ndr")
    if signs.local_part in _BOUNCERS or exchange:
        if bounces or exchange or signs.headers.has("x-failed-recipients") or "qmail-send" in signs.text:
            return Automatic.DELIVERY_REPORT, "it comes from a mail server reporting a failed delivery"
        return Automatic.GENERATED, "it comes from a mail server (MAILER-DAEMON)"
    if signs.headers.has("x-failed-recipients") and (signs.empty_return_path or bounces):
        return Automatic.DELIVERY_REPORT, "it lists failed recipients (X-Failed-Recipients)"
    if bounces and (signs.local_part == "postmaster" or (signs.empty_return_path and signs.auto_submitted != "no")):
        return Automatic.DELIVERY_REPORT, "its subject and sender are those of a delivery report"
    return _PERSON


def _own_mail(signs: _Signs) -> tuple[Automatic | None, str]:
    replied = signs.auto_submitted == "auto-replied"
    if signs.sender and signs.settings.is_ours(signs.sender.email) and (replied or not signs.trusted):
        return Automatic.OWN_MAIL, "it is from one of our own addresses"
    message_id = next(iter(signs.headers.ids("message-id")), "")
    domain = message_id.rpartition("@")[2].casefold()
    if replied and not signs.trusted and domain and domain == signs.settings.our_domain:
        return Automatic.OWN_MAIL, "it is an automatic letter of ours that came back"
    return _PERSON


def _auto_submitted(signs: _Signs) -> tuple[Automatic | None, str]:
    """RFC 3834 5. A form or voicemail gateway we trust writes people's words; so does a mailbox rule that forwards."""
    value = signs.auto_submitted
    if not value or value in ("no", "auto-forwarded") or (signs.trusted and value != "auto-replied"):
        return _PERSON
    if value == "auto-replied" or _ABSENCE.match(signs.subject):
        return Automatic.AUTO_REPLY, f"its header says Auto-Submitted: {value[:40]}"
    return Automatic.GENERATED, f"its header says Auto-Submitted: {value[:40]}"


def _absence(signs: _Signs) -> tuple[Automatic | None, str]:
    """Automatic replies without RFC 3834: an unmistakable header, or an absence subject with a second sign."""
    if signs.trusted:
        return _PERSON
    own = (name for name, value in signs.headers.fields if value.lower() not in (b"", b"no", b"false"))
    name = next((name for name in own if _REPLY_HEADERS.fullmatch(name)), "")
    if name:
        return Automatic.AUTO_REPLY, f"it has the header {name.title()}"
    if signs.precedence == "auto_reply" or signs.headers.token("x-precedence") == "auto_reply":
        return Automatic.AUTO_REPLY, "its header says Precedence: auto_reply"
    if not _ABSENCE.match(signs.subject):
        return _PERSON
    answers = (*signs.headers.ids("in-reply-to"), *signs.headers.ids("references"))
    second_sign = (
        signs.empty_return_path
        or signs.headers.has("x-auto-response-suppress")
        or signs.precedence in ("bulk", "junk")
        or any(i.rpartition("@")[2].casefold() == signs.settings.our_domain for i in answers if "@" in i)
    )
    return (Automatic.AUTO_REPLY, "its subject and headers are those of an absence note") if second_sign else _PERSON


def _read_receipt(signs: _Signs) -> tuple[Automatic | None, str]:
    if _RECEIPT.match(signs.subject) and (signs.empty_return_path or _RECEIPT_TEXT.search(signs.text)):
        return Automatic.READ_RECEIPT, "its subject and text are those of a read receipt"
    return _PERSON


def _calendar(signs: _Signs) -> tuple[Automatic | None, str]:
    """An answer to an invitation, sent by pressing a button. An invitation itself is a person's."""
    for part in signs.message.walk():
        if part.content_type == "text/calendar":
            method = part.headers.parameter("content-type", "method").upper()
            if method == "REPLY" or (not method and _METHOD.search(part.content()[0][:5000])):
                return Automatic.GENERATED, "it is a calendar program's answer to an invitation"
    return _PERSON


def _list(signs: _Signs) -> tuple[Automatic | None, str]:
    """Mailing lists, except those that are our own: a complaints@ address may itself be a group."""
    if signs.trusted:
        return _PERSON
    list_id = signs.headers.text("list-id")
    found = _LIST_ID.search(list_id)
    name = (found[1] if found else list_id).strip().casefold()
    if list_id and _is_own_list(name, signs):
        return _PERSON
    bulk = signs.precedence in ("list", "bulk", "junk")
    if list_id and (bulk or signs.headers.has("list-unsubscribe") or signs.headers.has("list-post")):
        return Automatic.LIST, f"it comes from the mailing list {name[:100]}"
    if bulk and signs.headers.has("list-unsubscribe"):
        return Automatic.LIST, "it is a bulk mailing with an unsubscribe link"
    if bulk and signs.empty_return_path:
        return Automatic.GENERATED, f"its header says Precedence: {signs.precedence} and nobody can be answered"
    return _PERSON


def _is_own_list(name: str, signs: _Signs) -> bool:
    """By List-Id or by the address it stands for: `<complaints.landlord.example>`, `complaints@landlord.example`."""
    as_address = name.replace(".", "@", 1)
    own = signs.settings.own_lists
    return signs.settings.is_our_domain(name) or name in own or as_address in own or signs.settings.is_ours(as_address)
