"""Which characters a database can hold: one that is compared with others refuses the whole statement."""

import codecs

import sqlalchemy as sa

EVERY_CHARACTER = "utf-8"
_CODEC = "rightsdesk_codec"  # in what is kept with a connection
# What Python calls otherwise.
_NAMES = {"koi8r": "koi8-r", "koi8u": "koi8-u", "macce": "mac-latin2"}


def codec_of(charset: str) -> str:
    """Return Python's codec for a character set, that of every character for one it does not know."""
    name = charset.lower()
    name = _NAMES.get(name, f"cp{name[3:]}" if name.startswith("win") else name)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return EVERY_CHARACTER


def server_codec(connection: sa.Connection) -> str:
    """Return the codec of the whole database; only PostgreSQL has one. Asked once a connection."""
    if connection.dialect.name != "postgresql":
        return EVERY_CHARACTER
    if _CODEC not in connection.info:
        connection.info[_CODEC] = codec_of(str(connection.scalar(sa.text("SHOW server_encoding"))))
    return str(connection.info[_CODEC])


def can_hold(codec: str, text: str) -> bool:
    """Is every character of the text one of the codec's?"""
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
