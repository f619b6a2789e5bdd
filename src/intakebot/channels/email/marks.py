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
FROM_NAMES = frozenset({"from", "von", "de", "da", "od"})
DATE_NAMES = frozenset({"sent", "date", "gesendet", "envoyé", "enviado", "inviato", "wysłano", "data"})
OTHER_NAMES = frozenset({"to", "subject", "an", "betreff", "à", "objet", "para", "asunto", "a", "oggetto", "do", "temat"})

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
_NAMED_WROTE = re.compile(r"\S.{0,200}(?:<[^<>\s]{3,200}@[^<>\s]{3,200}>|\[mailto:[^\]]{3,200}\]).{0,60}wrote\s?:\Z", re.I)
_DATED_ADDRESS = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2} \d{1,2}:\d\d.{0,120}<[^<>\s]{3,200}@[^<>\s]{3,200}>\s?:\Z")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,200}")
_DIGIT = re.compile(r"\d")

_DEVICE = re.compile(
    r"(?:sent (?:from|via|using) (?:my )?(?:i-?phone|i-?pad|i-?pod|apple|samsung|galaxy|huawei|honor|android|blackberry|nokia"
    r"|sony|xperia|htc|lg|moto|motorola|pixel|xiaomi|redmi|poco|oppo|oneplus|vivo|realme|kindle|tablet|mobile|phone"
    r"|smartphone|windows|outlook|hotmail|yahoo|aol|gmail|mail for|mail\.|proton|bluemail|bt e?mail|bt email|ee|vodafone|o2"
    r"|the all[- ]new|surface|email)\b.{0,60}|get outlook for (?:ios|android|mac).{0,60}"
    r"|sent from (?:sky|talktalk|virgin)\b.{0,30}|von meinem i(?:phone|pad) gesendet|envoyé de mon i(?:phone|pad)"
    r"|wysłane z i(?:phone|pad).{0,20}|anfonwyd o fy i(?:phone|pad))",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:with |very |my )*(?:kind(?:est)?|best|warm(?:est)?|many)? ?(?:regards|wishes|thanks)|yours (?:sincerely|faithfully|truly)"
    r"|sincerely|faithfully|thank you|thank you very much|thanks|thanks in advance|thank you in advance|cheers|respectfully"
    r"|all the best|kr|br|bw|diolch|cofion gorau)(?: yours)?\s?[,.!]?",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"(?:tel|telephone|mob|mobile|phone|email|e-mail|web|fax|ext|address|direct|office|[tmewfd])\s?[.::|]", re.I)
_CONTACT = re.compile(r"@|www\.|https?://|\+?\(?0\d[\d ()-]{7,}")
_SMALL_WORDS = frozenset("of the and for & | - – — at on in to y de van der von la le bin".split())
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


def is_exact(value: str) -> bool:
    """Whether a header line's value is a program's: it holds a clock time or an address."""
    return _CLOCK.search(value) is not None or _ADDRESS.search(value) is not None


def is_device_line(line: str) -> bool:
    """`Sent from my iPhone` and its relations, as a whole line: "Sent from my flat in the dark" is prose."""
    return len(line) <= 100 and _DEVICE.fullmatch(line) is not None


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
    return len(words) <= 7 and all(w[:1].isupper() or w[:1].isdigit() or w.lower() in _SMALL_WORDS for w in words)


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
_NOTICE_HEADING = re.compile(r"[*_\s]*(?:email )?(?:disclaimer|confidentiality(?: notice)?|legal notice|important notice)\b", re.I)
_ONE_LINERS = re.compile(
    r"(?:virus[- ]free\.?(?:\s|$)|this (?:e-?mail|message) has been (?:scanned|checked|swept)"
    r"|\W{0,3}(?:caution|warning|external(?: e?-?mail)?)\W{1,3}.{0,40}(?:originated|came|sent|from).{0,40}(?:outside|external)"
    r"|this (?:e-?mail|message) (?:originated|came|was sent) from (?:outside|an external)"
    r"|please consider the environment|(?:think|save paper).{0,40}before (?:you )?print|scanned by\b"
    r"|you don'?t often get e-?mail from)",
    re.IGNORECASE,
)
MAY_HOLD_NOTICE = re.compile(r"confidential|disclaimer|recipient|virus|scanned|environment|caution|originated|liab|often get", re.I)


def is_notice(paragraph: str) -> bool:
    """Whether a paragraph is boilerplate: a scanner's or gateway's one line, or several legal phrases together.

    "This email is confidential, my ex must not know" is one phrase, and a person's.
    """
    if _ONE_LINERS.match(paragraph):
        return len(paragraph) < 600
    signs = sum(1 for sign in _NOTICE_SIGNS if sign.search(paragraph))
    return signs >= 4 or (signs >= 2 and _NOTICE_HEADING.match(paragraph) is not None)
