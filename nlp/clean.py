"""What arrives may hold anything; what goes on is plain text of bounded length."""

import re
import unicodedata

MAX_CHARACTERS = 20_000  # about ten printed pages; what lies beyond is read by a person

GARBLED_SHARE = 0.05  # of the characters; some lost accents do not hide what is asked

_LINE_BREAK = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
_DISGUISE = re.compile("[\0\u200f\u202a-\u202e\u2066-\u2069]")  # NUL, marks and overrides of the direction of writing
_UNDECODED = re.compile("[\ufffd¢¤¥¦¨¬®¯±¶¸¹¼¾\x01-\x08\x0e-\x1f\x7f-\x9f]")  # nobody writes many of these
_BLANK = re.compile(r"[^\S\n]+")
_KEPT_CONTROL = "\n\t"


def is_too_long(*, subject: str, body: str) -> bool:
    """Tell whether a mail is longer than what is read."""
    return len(subject) + len(body) > MAX_CHARACTERS


def is_disguised(text: str) -> bool:
    """Tell whether a text holds characters by which people are shown other words than those that are read."""
    return bool(_DISGUISE.search(text))


def is_garbled(text: str) -> bool:
    """Tell whether so much of a text was decoded wrongly that nobody can tell what it says."""
    return len(_UNDECODED.findall(text)) > GARBLED_SHARE * len(text)


def clean(text: str) -> str:
    """Return at most MAX_CHARACTERS of the text in NFC, without control, format and private characters."""
    plain = _LINE_BREAK.sub("\n", text[:MAX_CHARACTERS])
    plain = "".join(c for c in plain if c in _KEPT_CONTROL or not unicodedata.category(c).startswith("C"))
    return _BLANK.sub(" ", unicodedata.normalize("NFC", plain)).strip()
