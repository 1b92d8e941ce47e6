"""Mail in, against Dovecot over TLS: keywords, moving with and without MOVE, UIDVALIDITY, certificates."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.imap import LoginRefused, MailboxUnavailable
from bot.mailbox import Incoming, Mailbox, MailboxSettings
from tests.mailservers import Certificate, Dovecot, mail, make_certificate, require_dovecot, running_dovecot


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def server(certificate: Certificate) -> AsyncIterator[Dovecot]:
    require_dovecot()
    async with running_dovecot(certificate) as running:
        yield running


@pytest.fixture
async def plain_server(certificate: Certificate) -> AsyncIterator[Dovecot]:
    """A server that neither moves nor idles."""
    require_dovecot()
    async with running_dovecot(certificate, capabilities="IMAP4rev1 UIDPLUS") as running:
        yield running


def settings(server: Dovecot, **changes: object) -> MailboxSettings:
    defaults = MailboxSettings(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        ca_file=server.certificate.ca_file,
    )
    return replace(defaults, **changes)


class Store:
    """Keeps everything, and tells when something came."""

    def __init__(self) -> None:
        self.kept: list[Incoming] = []
        self.came = asyncio.Event()

    async def keep(self, incoming: Incoming) -> None:
        self.kept.append(incoming)
        self.came.set()

    async def next(self) -> None:
        await asyncio.wait_for(self.came.wait(), 10)
        self.came.clear()


async def test_many_mails_are_kept_and_marked_by_our_keyword(server: Dovecot) -> None:
    for number in range(25):
        server.deliver(mail(f"Request {number}"), name=f"{number:02}")
    store, mailbox = Store(), Mailbox(settings(server))

    assert await mailbox.fetch_once(store.keep) == 25
    assert await mailbox.fetch_once(store.keep) == 0

    assert sorted(one.raw for one in store.kept) == sorted(mail(f"Request {number}") for number in range(25))
    assert len(server.folder("")) == 25
    assert (server.maildir / "dovecot-keywords").read_text() == "0 $Rightsdesk\n"


async def test_a_mail_that_somebody_read_first_is_kept_all_the_same(server: Dovecot) -> None:
    server.deliver(mail("Access"), name="1")
    (server.maildir / "new" / "1").rename(server.maildir / "cur" / "1:2,S")
    store = Store()
    assert await Mailbox(settings(server)).fetch_once(store.keep) == 1


async def test_kept_mails_are_moved_to_a_folder_that_is_made_for_them(server: Dovecot) -> None:
    for name in ("1", "2"):
        server.deliver(mail(name), name=name)
    mailbox = Mailbox(settings(server, processed_folder="Erledigt & gut"))

    assert await mailbox.fetch_once(Store().keep) == 2

    assert server.folder("") == []
    assert server.folder("Erledigt &- gut") == [mail("1"), mail("2")]


async def test_without_move_only_our_own_mails_are_expunged(plain_server: Dovecot) -> None:
    plain_server.deliver(mail("Access"), name="1")
    plain_server.deliver(mail("Deleted by somebody"), name="2")
    (plain_server.maildir / "new" / "2").rename(plain_server.maildir / "cur" / "2:2,T")

    assert await Mailbox(settings(plain_server, processed_folder="Done")).fetch_once(Store().keep) == 1

    assert plain_server.folder("") == [mail("Deleted by somebody")]
    assert plain_server.folder("Done") == [mail("Access")]


async def test_without_uidplus_a_copied_mail_stays_marked_deleted(certificate: Certificate) -> None:
    require_dovecot()
    async with running_dovecot(certificate, capabilities="IMAP4rev1") as server:
        server.deliver(mail("Access"), name="1")
        mailbox = Mailbox(settings(server, processed_folder="Done"))
        assert await mailbox.fetch_once(Store().keep) == 1
        assert await mailbox.fetch_once(Store().keep) == 0
        assert server.folder("") == server.folder("Done") == [mail("Access")]


async def test_new_mail_is_announced_while_idling(server: Dovecot) -> None:
    store, stop = Store(), asyncio.Event()
    running = asyncio.create_task(Mailbox(settings(server, idle_seconds=3600.0)).run(store.keep, stop=stop))
    for name in ("1", "2"):
        server.deliver(mail(name), name=name)
        await store.next()
    stop.set()
    await asyncio.wait_for(running, 10)
    assert [one.raw for one in store.kept] == [mail("1"), mail("2")]


async def test_a_server_without_idle_is_polled(plain_server: Dovecot) -> None:
    store, stop = Store(), asyncio.Event()
    mailbox = Mailbox(settings(plain_server, poll_seconds=0.05, processed_folder="Done"))
    running = asyncio.create_task(mailbox.run(store.keep, stop=stop))
    for name in ("1", "2"):
        plain_server.deliver(mail(name), name=name)
        await store.next()
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_mailbox_built_anew_offers_its_mails_under_its_new_uidvalidity(server: Dovecot) -> None:
    server.deliver(mail("Access"), name="1")
    store, mailbox = Store(), Mailbox(settings(server))
    await mailbox.fetch_once(store.keep)

    # As after a restore: the mail is there, its UIDs and keywords are not.
    [kept] = (server.maildir / "cur").iterdir()
    kept.rename(server.maildir / "new" / "restored")
    for index in server.maildir.glob("dovecot*"):
        index.unlink()
    uidlist = server.maildir / "dovecot-uidlist"
    uidlist.write_text("3 V4711 N1\n")

    await mailbox.fetch_once(store.keep)
    before, after = store.kept
    assert before.raw == after.raw
    assert before.uidvalidity != after.uidvalidity == 4711


async def test_of_an_oversized_mail_only_the_headers_are_fetched(server: Dovecot) -> None:
    raw = mail("Access", body="y" * 3000)
    server.deliver(raw, name="1")
    store = Store()
    await Mailbox(settings(server, max_bytes=2000)).fetch_once(store.keep)
    [incoming] = store.kept
    assert (incoming.truncated, incoming.size) == (True, len(raw))
    assert incoming.raw == raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


async def test_a_big_mail_comes_through_whole(server: Dovecot) -> None:
    raw = mail("Access", body="\n".join(["All my data, please. (1) {2} * 3 FETCH"] * 60_000))
    server.deliver(raw, name="1")
    store = Store()
    await Mailbox(settings(server)).fetch_once(store.keep)
    assert [one.raw for one in store.kept] == [raw]


async def test_a_wrong_password_is_refused(server: Dovecot) -> None:
    with pytest.raises(LoginRefused):
        await Mailbox(settings(server, password="wrong")).fetch_once(Store().keep)


async def test_a_certificate_of_an_unknown_authority_is_not_accepted(server: Dovecot, tmp_path: Path) -> None:
    stranger = make_certificate(tmp_path)
    with pytest.raises(MailboxUnavailable, match="SSLCertVerificationError"):
        await Mailbox(settings(server, ca_file=stranger.ca_file)).fetch_once(Store().keep)


async def test_a_certificate_for_another_host_is_not_accepted(tmp_path: Path) -> None:
    require_dovecot()
    other = make_certificate(tmp_path, address="192.0.2.1")
    async with running_dovecot(other) as server:
        with pytest.raises(MailboxUnavailable, match="SSLCertVerificationError"):
            await Mailbox(settings(server)).fetch_once(Store().keep)


async def test_without_a_ca_file_the_systems_authorities_decide(server: Dovecot) -> None:
    with pytest.raises(MailboxUnavailable, match="SSLCertVerificationError"):
        await Mailbox(settings(server, ca_file=None)).fetch_once(Store().keep)


async def test_a_mistyped_ca_file_is_named(server: Dovecot) -> None:
    with pytest.raises(MailboxUnavailable, match="ca_file"):
        await Mailbox(settings(server, ca_file="/nowhere/ca.pem")).fetch_once(Store().keep)
