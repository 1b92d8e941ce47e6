"""What the writer wrote: without quoted replies, signatures and disclaimers, but with forwards and inline answers."""

import re
from functools import cache

from nlp.phrasebook import LANGUAGES, Patterns, StripWords, found, phrasebook
from nlp.text import fold

SIGNATURE_MARK = "--"  # RFC 3676, section 4.3: "-- " on a line of its own
HEADER_LINES = 2  # so many "From:", "Sent:" lines together are the head of another mail
HEADER_WINDOW = 6
LONGEST_SIGNATURE = 12  # lines below the name
_MOMENT = re.compile(r"@|\d{1,2}[:.]\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\b20\d{2}\b")
_CONTACT = re.compile(
    r"^\W*(?:t|m|f|e|tel\w*|tfn|mob\w*|cell|fax|gsm|phone|telefon\w*|handy)\b\W{0,4}\+?[\d(]|@|\bwww\.|https?://"
)
_BUSINESS = re.compile(
    r"\bwww\.|https?://|\b(?:gmbh|mbh|ag|kg|ug|e\.? ?k|ltd|limited|llp|plc|inc|sp\. ?z|s\. ?r\. ?o|a\.s|s\.a|s\.l|"
    r"s\.r\.l|srl|spa|sarl|sas|b\.v|bv|n\.v|vof|lda|unipessoal|hrb|ico|nip|regon|kvk|p\. ?iva|siret|siren|cif|nipc)\b"
)


def strip(*, subject: str, body: str) -> str:
    """Return the part of a body that its sender wrote or forwards; the whole body if nothing else is left."""
    words = _all_languages()
    lines = body.split("\n")
    if _is_forward(words, subject, lines):
        return _join([line.lstrip("> ") for line in lines])  # whole: the forwarder's signature stands above the request
    own = _own_lines(words, lines)
    return _join(_without_tail(words, own)) or _join(lines)


def own_words(body: str) -> str:
    """Return what the sender added: nothing of a quoted or forwarded mail, even if nothing else is there."""
    words = _all_languages()
    own = _own_lines(words, _above_other_mail(words, body.split("\n")))
    return _join(_without_tail(words, own))


@cache
def _all_languages() -> StripWords:
    """Merge all languages: the mail program's language need not be the writer's."""
    books = [phrasebook(language).strip for language in LANGUAGES]
    names = StripWords.__dataclass_fields__
    return StripWords(**{name: tuple(p for book in books for p in getattr(book, name)) for name in names})


def _is_forward(words: StripWords, subject: str, lines: list[str]) -> bool:
    if found(words.forward_subject, fold(subject)):
        return True
    return any(found(words.forward, fold(line.lstrip("> "))) for line in lines)


def _above_other_mail(words: StripWords, lines: list[str]) -> list[str]:
    """Cut where the head of another mail begins."""
    for at, line in enumerate(lines):
        if found(words.forward, fold(line)) or _starts_header(words.header, lines, at):
            return lines[:at]
    return lines


def _own_lines(words: StripWords, lines: list[str]) -> list[str]:
    """Drop quoted lines with their attribution, and everything below an unmarked quotation."""
    lines = _unwrapped(words, lines)
    own: list[str] = []
    for at, line in enumerate(lines):
        if line.startswith(">"):
            continue
        if not _introduces_quote(words, lines, at):
            own.append(line)
        elif not _next_is_quoted(lines, at):
            break
    return own


def _unwrapped(words: StripWords, lines: list[str]) -> list[str]:
    """Join an "X wrote:" that the mail program broke over two lines."""
    joined: list[str] = []
    for line in lines:
        whole = f"{joined[-1]} {line.strip()}" if joined and line.rstrip().endswith(":") else ""
        if whole and not whole.startswith(">") and found(words.attribution, fold(whole)):
            joined[-1] = whole
        else:
            joined.append(line)
    return joined


def _introduces_quote(words: StripWords, lines: list[str], at: int) -> bool:
    folded = fold(lines[at].strip())
    if found(words.attribution, folded) or found(words.original, folded) or _announces(folded, lines, at):
        return True
    return _starts_header(words.header, lines, at) and any(line.strip() for line in lines[:at])


def _announces(folded: str, lines: list[str], at: int) -> bool:
    """Know an attribution in any words: it ends with a colon above a quotation and names a time or an address."""
    return folded.endswith(":") and _next_is_quoted(lines, at) and bool(_MOMENT.search(folded))


def _starts_header(header: Patterns, lines: list[str], at: int) -> bool:
    if not found(header, fold(lines[at])):
        return False
    return sum(found(header, fold(line)) for line in lines[at : at + HEADER_WINDOW]) >= HEADER_LINES


def _next_is_quoted(lines: list[str], at: int) -> bool:
    following = (line for line in lines[at + 1 : at + 3] if line.strip())
    return next(following, "").startswith(">")


def _without_tail(words: StripWords, lines: list[str]) -> list[str]:
    """Cut at the first signature mark or disclaimer; lines such as "Sent from my phone" go alone."""
    kept: list[str] = []
    for line in lines[: _business_card(words, lines)]:
        folded = fold(line.strip())
        if folded == SIGNATURE_MARK or found(words.disclaimer, folded):
            break
        if not found(words.signature, folded):
            kept.append(line)
    return kept


def _business_card(words: StripWords, lines: list[str]) -> int:
    """Return where the card of a firm begins below "Kind regards" and a name; a private address there stays."""
    for at, line in enumerate(lines):
        if not found(words.closing, fold(line.strip())):
            continue
        filled = [below for below in range(at + 1, len(lines)) if lines[below].strip()]
        card = filled[1:]  # the first is the name
        if card and len(card) <= LONGEST_SIGNATURE and _is_card([fold(lines[below].strip()) for below in card]):
            return card[0]
    return len(lines)


def _is_card(folded: list[str]) -> bool:
    contacts = sum(bool(_CONTACT.search(line)) for line in folded)
    return contacts >= 1 and any(_BUSINESS.search(line) for line in folded)


def _join(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip()
