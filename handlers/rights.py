"""The rights a person can exercise, and how they differ in procedure."""

import enum


@enum.unique
class Right(enum.StrEnum):
    """A data subject's right; the values are the words used in tables, corpus and texts."""

    ACCESS = "access"  # GDPR Art. 15
    PORTABILITY = "portability"  # Art. 20
    CORRECTION = "correction"  # Art. 16
    DELETION = "deletion"  # Art. 17
    WITHDRAWAL = "withdrawal"  # Art. 7(3), of consent, including newsletter opt-out
    OBJECTION = "objection"  # Art. 21
    RESTRICTION = "restriction"  # Art. 18


# Carried out at once and without an identity check: Art. 7(3) and 21(2)-(3) allow no weighing.
STOP_RIGHTS = frozenset({Right.WITHDRAWAL, Right.OBJECTION})

# The answer carries personal data, so it leaves to a contact on file only.
COPY_RIGHTS = frozenset({Right.ACCESS, Right.PORTABILITY})
