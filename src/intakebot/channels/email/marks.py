"""The marks mail programs leave in text: where a quote, a forward, a signature or a notice begins.

Every pattern is tried on one line, or a few joined, cut to `MAX_LINE` characters, so the cost of a text is
its number of lines whatever it holds.
"""

from __future__ import annotations

import re

MAX_LINE = 400

FORWARD = re.compile(
    r"(?:-{2,}|_{2,}|={2,}|\*{2,})?\s*(?:begin )?(?:forwarded (?:message|by\b.{0,100})|original message forwarded"
    r"|weitergeleitete (?:nachricht|e-mail)|message (?:transféré|transmis)|mensaje reenviado|messaggio inoltrato"
    r"|doorgestuurd bericht|przekazana wiadomość|mensagem encaminhada|mesaj redirecționat"
    r"|fwd(?: message)?)\s*:?\s*(?:-{2,}|_{2,}|={2,}|\*{2,})?",
    re.IGNORECASE,
)
ORIGINAL = re.compile(
    r"-{2,}\s*(?:original (?:message|appointment)|ursprüngliche nachricht|message d'origine|mensaje original"
    r"|messaggio originale|oorspronkelijk bericht|wiadomość oryginalna|reply message)\s*-{0,}",
    re.IGNORECASE,
)
RULE = re.compile(r"[_\-=]{10,}")
HEADER = re.compile(
    r"[*_]{0,2}(from|sent|date|to|cc|bcc|subject|reply-to|importance|attachments"
    r"|von|gesendet|an|betreff|de|envoyé|à|objet|enviado|para|asunto|da|inviato|a|oggetto|od|wysłano|do|temat|data)"
    r"\s?:[*_]{0,2}(?:\s|$)",
    re.IGNORECASE,
)
MAX_HEADER = 20  # characters; the colon of a header line stands within these
FROM_NAMES = frozenset({"from", "von", "de", "da", "od"})
DATE_NAMES = frozenset({"sent", "date", "gesendet", "envoyé", "enviado", "inviato", "wysłano", "data"})
OTHER_NAMES = frozenset(
    {"to", "subject", "an", "betreff", "à", "objet", "para", "asunto", "a", "oggetto", "do", "temat"}
)

# How an attribution line begins and ends, by language: "On <date>, <name> wrote:".
_ATTRIBUTIONS = tuple(
    (re.compile(begin, re.IGNORECASE), re.compile(rf"(?:{end})\s?[::]\s*\Z", re.IGNORECASE))
    for begin, end in (
        (r"on\s", r"wrote"),
        (r"am\s", r"schrieb(?:\s[^:]{1,120})?"),
        (r"le\s", r"a écrit"),
        (r"el\s", r"escribió"),
        (r"il\s", r"ha scritto"),
        (r"op\s", r"schreef(?:\s[^:]{1,120})?|het volgende geschreven"),
        (r"em\s", r"escreveu"),
        (r"(?:w dniu|dnia|\w{2,3}\.,)\s", r"napisał(?:a|\(a\))?|pisze"),
        (r"(?:în|pe|la)\s", r"a scris"),
        (r"ar\s", r"ysgrifennodd(?:\s[^:]{1,120})?"),
    )
)
_ATTRIBUTION_STARTS = ("on ", "am ", "le ", "el ", "il ", "op ", "em ", "w dniu", "dnia ", "în ", "pe ", "la ", "ar ")
_NAMED_WROTE = re.compile(
    r"\S.{0,200}(?:<[^<>\s]{3,200}@[^<>\s]{3,200}>|\[mailto:[^\]]{3,200}\]).{0,60}wrote\s?:\Z", re.I
)
_DATED_ADDRESS = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2} \d{1,2}:\d\d.{0,120}<[^<>\s]{3,200}@[^<>\s]{3,200}>\s?:\Z")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,200}")
_DIGIT = re.compile(r"\d")

_DEVICE = re.compile(
    r"(?:sent (?:from|via|using) (?:my |the )?(?:i-?phone|i-?pad|i-?pod|apple|samsung|galaxy|huawei|honor|android"
    r"|blackberry|nokia|sony|xperia|htc|lg|moto|motorola|pixel|xiaomi|redmi|poco|oppo|oneplus|vivo|realme|kindle|tablet"
    r"|mobile|phone|smartphone|windows|outlook|hotmail|yahoo|aol|gmail|mail|mail\.\w+|proton|bluemail|bt|ee|vodafone|o2|sky"
    r"|talktalk|virgin|all[- ]new|surface)\b"
    r"|get outlook for\b|von meinem i(?:phone|pad) gesendet|envoyé de mon i(?:phone|pad)|wysłane z i(?:phone|pad)\w*"
    r"|anfonwyd o fy i(?:phone|pad))",
    re.IGNORECASE,
)
_DEVICE_TAIL = re.compile(
    r"[A-Z0-9(<\[].*|i(?:Phone|Pad|Pod|OS).*|for|on|via|using|my|the|an?|and|from|by|smartphone|device|tablet|phone|mobile|mail"
    r"|e-?mail|app|network|4g|5g|account"
)
_CLOSING = re.compile(
    r"(?:(?:with |very |my )*(?:kind(?:est)?|best|warm(?:est)?|many)? ?(?:regards|wishes|thanks)"
    r"|(?:yours )?(?:sincerely|faithfully|truly)|(?:thanks|thank you)(?: very much| in advance)?|cheers|respectfully"
    r"|all the best|kr|br|bw|diolch|cofion gorau)(?: yours)?\s?[,.!]?",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:tel|telephone|mob|mobile|phone|email|e-mail|web|fax|ext|address|direct|office|[tmewfd])\s?[.::|]", re.I
)
_CONTACT = re.compile(r"@|www\.|https?://|\+?\(?0\d[\d ()-]{7,}")
_SMALL_WORDS = re.compile(r"of|the|and|for|[&|–—-]|at|on|in|to|y|de|van|der|von|la|le|bin", re.IGNORECASE)
_STOPPER = re.compile(r"[?!]\s*\Z|\bp\.?\s?s\b", re.IGNORECASE)


def is_forward(line: str) -> bool:
    """Whether a line announces a forwarded message: ruled off, ending in a colon, or saying `Forwarded by …`."""
    if not FORWARD.fullmatch(line):
        return False
    return line.startswith(("--", "__", "==", "**")) or line.endswith(":")


def is_attribution(words: str, *, followed_by_quote: bool) -> bool:
    """Whether joined lines are the line a mail program puts above what it quotes.

    Prose such as "On Monday he wrote:" has no clock time and no address; a date alone is enough only where
    "> " lines follow.
    """
    if not words.endswith((":", ":")):
        return False
    if _NAMED_WROTE.fullmatch(words) or _DATED_ADDRESS.fullmatch(words):
        return True
    for begin, end in _ATTRIBUTIONS:
        if begin.match(words) and end.search(words):
            exact = _CLOCK.search(words) is not None or _ADDRESS.search(words) is not None
            return exact or (followed_by_quote and _DIGIT.search(words) is not None)
    return False


def may_begin_attribution(line: str) -> bool:
    """A cheap first look, so that ordinary lines cost nothing."""
    return line[:8].lower().startswith(_ATTRIBUTION_STARTS) or line.endswith(":")


def is_exact(name: str, value: str) -> bool:
    """Whether a header line is a program's: an address after From, a clock time after Sent or Date.

    "From: 9:30, To: 11:00" is an appointment, and a tenant's.
    """
    if name in FROM_NAMES:
        return _ADDRESS.search(value) is not None
    return name in DATE_NAMES and _CLOCK.search(value) is not None


def is_device_line(line: str) -> bool:
    """`Sent from my iPhone` and its relations, as a whole line: "Sent from my flat in the dark" is prose."""
    found = _DEVICE.match(line) if line[:1] in "SsGgVvEeWwAa" and len(line) <= 120 else None
    if found is None:
        return False
    return all(_DEVICE_TAIL.fullmatch(word.strip(".,!")) for word in line[found.end() :].split() if word.strip(".,!"))


def is_closing(line: str) -> bool:
    """`Kind regards,` alone on a line."""
    return len(line) <= 40 and _CLOSING.fullmatch(line) is not None


def belongs_under_closing(line: str) -> bool:
    """Whether a line after a closing is a name, a title or a way to be reached rather than words of the message."""
    if len(line) > 70 or _STOPPER.search(line):
        return False
    if _LABELLED.match(line) or _CONTACT.search(line):
        return len(line.split()) <= 8
    words = line.strip("*_ ,.|").split()
    return len(words) <= 7 and all(w[:1].isupper() or w[:1].isdigit() or _SMALL_WORDS.fullmatch(w) for w in words)


_NOTICE_SIGNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:this|the|any)\s(?:e-?mail|message|communication|transmission|information)\b",
        r"\bintended\s(?:only|solely|recipient|for\sthe)|\bnot\sthe\s(?:intended|named)|\bnamed\srecipient|\baddressee",
        r"\bconfidential|\bprivileged",
        r"\breceived\s(?:this|it)(?:\s[\w-]{1,20}){0,3}\sin\serror|\bnotify\s(?:the|us)|\bdelete\s(?:it|this|the)\b",
        r"\bdisclos|\bdisseminat|\bunauthori[sz]ed|\bdistribution\b|\bstrictly\sprohibited",
        r"\bliab(?:le|ility)\b|\bopinions?\s(?:expressed|are)|\bviews\s(?:or|expressed)",
        r"\bvirus|\bmalware|\bscanned\b|\bmonitored\b",
        r"\bregistered\s(?:in|office|company|charity)|\bcompany\s(?:number|no\b|reg)",
        r"\bbefore\sprinting|\bfreedom\sof\sinformation|\bdata\sprotection|\bprivacy\snotice",
    )
)
_NOTICE_HEADING = re.compile(
    r"[*_\s]*(?:email )?(?:disclaimer|confidentiality(?: notice)?|legal notice|important notice)\b", re.I
)
_NOTICE_BEGINS = re.compile(
    r"\W{0,5}(?:this|the (?:information|contents?)|any (?:views|opinions)|if you|disclaimer|confidential|privileged"
    r"|important|notice|legal|please note|e-?mail|unless|views|opinions)\b",
    re.IGNORECASE,
)
_ONE_LINERS = re.compile(
    r"(?:virus[- ]free\.?(?:\s|$)|this (?:e-?mail|message) has been (?:scanned|checked|swept)\b"
    r"|\W{0,3}(?:caution|warning|external)\W{1,4}(?:this )?(?:e-?mail|message|sender)\b.{0,40}\b(?:outside|external)"
    r"|this (?:e-?mail|message) (?:originated|came|was sent) from (?:outside|an external)"
    r"|please consider the environment before|(?:think|save paper)\b.{0,40}before (?:you )?print"
    r"|you don['’]t often get e-?mail from)",
    re.IGNORECASE,
)
_NOTICE_WORDS = ("confidential", "disclaimer", "recipient", "virus", "scanned", "outside", "external", "liab", "print")


def may_hold_notice(text: str) -> bool:
    """A cheap look at a whole text, so that ordinary mail costs nothing."""
    lowered = text.lower()
    return any(word in lowered for word in _NOTICE_WORDS) or "often get" in lowered


def is_notice_line(line: str) -> bool:
    """A scanner's or gateway's one line: "This email originated from outside the organisation"."""
    return len(line) <= 300 and _ONE_LINERS.match(line) is not None


def may_begin_notice(line: str) -> bool:
    """Whether legal boilerplate may begin on this line."""
    return _NOTICE_BEGINS.match(line) is not None


def is_notice(paragraph: str) -> bool:
    """Whether a paragraph is boilerplate: several legal phrases together, or fewer under a heading.

    "This email is confidential, my ex must not know" is one or two phrases, and a person's.
    """
    signs = sum(1 for sign in _NOTICE_SIGNS if sign.search(paragraph))
    return signs >= 4 or (signs >= 2 and _NOTICE_HEADING.match(paragraph) is not None)
