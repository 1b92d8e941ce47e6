"""Raw mails: kept before anything else, each once, sealed under a key of its own."""

from datetime import timedelta

import pytest

from storage import mails
from storage.crypto import KeyProblem, Keyring, MasterKey
from storage.mails import KeptMail, MailOutcome
from storage.store import Store
from tests.people import NOW, a_mail

RAW = a_mail()
LATER = NOW + timedelta(minutes=1)


def keep(store: Store, raw: bytes = RAW, *, minutes: int = 0, size: int | None = None) -> str | None:
    return store.keep_mail(raw, arrived_at=NOW + timedelta(minutes=minutes), now=LATER, size=size)


def test_a_mail_is_read_as_it_came(any_store: Store) -> None:
    mail_id = keep(any_store, RAW + bytes(range(256)), size=9_000_000)
    assert mail_id
    expected = KeptMail(mail_id, RAW + bytes(range(256)), NOW, 9_000_000, "new", "", 1)
    assert any_store.mail(mail_id) == expected
    assert any_store.mail("nowhere") is None


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        (RAW, False),
        (b"Received: from mx2.example\r\nDelivered-To: privacy@shop.example\r\n" + RAW, False),
        (RAW.replace(b"\r\n", b"\n"), False),
        (RAW.replace(b"copy of my data", b"copy of all my data"), True),  # a new mail under an old Message-ID
        (RAW.replace(b"mail-1@", b"mail-2@"), True),
    ],
)
def test_twice_is_once(any_store: Store, other: bytes, kept: bool) -> None:
    assert keep(any_store)
    assert (keep(any_store, other) is not None) is kept
    with any_store.database.read() as connection:
        assert mails.count(connection) == 1 + kept


def test_another_master_key_reads_no_mail(store: Store) -> None:
    mail_id = keep(store)
    assert mail_id
    with store.database.read() as connection, pytest.raises(KeyProblem):
        mails.read(connection, Keyring(MasterKey.generate()), mail_id)


def test_what_became_of_the_mails_newest_first(any_store: Store) -> None:
    ids = [keep(any_store, a_mail(message_id=f"{number}@x.example"), minutes=number) for number in range(4)]
    with any_store.unit(now=LATER) as unit:
        for mail_id in ids[1:3]:
            assert mail_id
            unit.settle_mail(mail_id, state="quarantined", reason="spam")
    with any_store.database.read() as connection:
        found = mails.outcomes(connection, state="", limit=3)
        assert [one.id for one in found] == [ids[3], ids[2], ids[1]]
        set_aside = mails.outcomes(connection, state="quarantined", limit=9)
        assert [one.id for one in set_aside] == [ids[2], ids[1]]
        assert ids[1]
        size = len(a_mail(message_id="1@x.example"))
        arrived = NOW + timedelta(minutes=1)
        expected = MailOutcome(ids[1], arrived, size, "quarantined", "spam", None)
        assert mails.outcome(connection, ids[1]) == set_aside[1] == expected
        assert [one.id for one in mails.outcomes(connection, state="new", limit=9)] == [ids[3], ids[0]]


def test_a_mail_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    one, two = keep(store), keep(store, a_mail(message_id="2@x.example"))
    assert one
    assert two
    with store.database.read() as connection:
        assert mails.find(connection, one[:8], state="new") == one
        assert mails.find(connection, one, state="new") == one
        assert mails.find(connection, one[:8], state="quarantined") is None
        for nothing in ("", "%", "_", one[1:9] + "x"):
            assert mails.find(connection, nothing, state="new") is None


def test_the_mails_of_a_ticket_oldest_first(store: Store) -> None:
    with store.database.read() as connection:
        assert mails.of_tickets(connection, store.keyring, ["nowhere"]) == []
