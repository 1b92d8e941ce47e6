"""What staff decided on triage cards, as rows of the corpus format without the writers' names and numbers."""

import secrets
from collections.abc import Iterator

from bot.settings import Settings
from handlers.mail import Mail
from nlp.anonymise import anonymise
from nlp.corpus import Row
from nlp.faults import faults_of
from nlp.recognise import SpacyRecogniser
from storage.decided import Decided, decided
from storage.store import Store

KIND = "mail"


class NotAllowedToLearn(Exception):
    """The settings do not allow to export decisions."""

    def __init__(self) -> None:
        super().__init__(
            "[policy] learn_from_decisions is false: set it to true if your data protection officer agrees "
            "that mails are used, without names and numbers, to measure and improve the recogniser"
        )


def rows(settings: Settings, store: Store, recogniser: SpacyRecogniser) -> Iterator[Row]:
    """Yield a row for each decided mail that can be one of the corpus; raises NotAllowedToLearn."""
    if not settings.policy.learn_from_decisions:
        raise NotAllowedToLearn
    with store.database.read() as connection:
        for number, one in enumerate(decided(connection, store.keyring), start=1):
            row = _row(one, recogniser, number=number, seed=secrets.token_hex())
            if not any(faults_of([row])):
                yield row


def _row(one: Decided, recogniser: SpacyRecogniser, *, number: int, seed: str) -> Row:
    mail = Mail.from_bytes(one.mail.raw, arrived_at=one.mail.arrived_at)
    language = recogniser.recognise(subject=mail.subject, body=mail.text).language
    names = (mail.from_name, mail.from_address.partition("@")[0])
    subject, body = (
        anonymise(text, names=names, language=language, seed=seed)
        for text in (mail.subject, recogniser.own_words(mail.text) or mail.text)
    )
    asked = recogniser.evidence(subject=subject, body=body, rights=one.rights)
    return {
        "id": f"{language}-own{number:04}",
        "lang": language,
        "subject": subject,
        "body": body,
        "labels": [str(each.right) for each in asked],
        "evidence": [each.evidence for each in asked],
        "slots": {},
        "kind": KIND,
        "note": "",
    }
