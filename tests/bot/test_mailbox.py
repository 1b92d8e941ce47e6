"""Mail in, against a whole mail server in this process, stopped, restarted and scripted to fail."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.mailserver import DemoMailServer
from bot.imap import CommandRefused, LoginRefused, MailboxUnavailable, folder_name
from bot.mailbox import Incoming, Mailbox, MailboxSettings, backoff
from tests.mailservers import HOST, INBOX, ScriptedImap, free_port, mail


def at_once(failures: int) -> float:
    """Try again without waiting long."""
    return 0.01


@pytest.fixture
async def server() -> AsyncIterator[DemoMailServer]:
    async with DemoMailServer() as running:
        yield running


@dataclass
class Store:
    """Keeps what it is given, unless the subject is one that it refuses; then it raises."""

    refuses: set[bytes] = field(default_factory=set)
    kept: list[Incoming] = field(default_factory=list)
    offered: list[bytes] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def keep(self, incoming: Incoming) -> None:
        async with self.changed:
            subject = subject_of(incoming.raw)
            self.offered.append(subject)
            self.changed.notify_all()
            if subject in self.refuses:
                raise RuntimeError("the disk is full: Please send me my data.")
            self.kept.append(incoming)

    async def until(self, done: Callable[["Store"], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: done(self))

    @property
    def subjects(self) -> list[bytes]:
        return [subject_of(one.raw) for one in self.kept]


def subject_of(raw: bytes) -> bytes:
    return next(line[9:] for line in raw.splitlines() if line.startswith(b"Subject: "))


def settings(server: DemoMailServer, **changes: object) -> MailboxSettings:
    defaults = MailboxSettings(
        host=HOST, port=server.imap_port, user=INBOX, password=server.password, tls="none", processed_folder="Processed"
    )
    return replace(defaults, **changes)


def scripted(server: ScriptedImap, **changes: object) -> MailboxSettings:
    defaults = MailboxSettings(host=HOST, port=server.port, user=INBOX, password="secret", tls="none", timeout=0.2)
    return replace(defaults, **changes)


async def test_many_mails_are_kept_in_their_order_and_moved(server: DemoMailServer) -> None:
    mails = [mail(f"Request {number}") for number in range(25)]
    for raw in mails:
        await server.deliver(raw, INBOX)
    store, mailbox = Store(), Mailbox(settings(server))

    assert await mailbox.fetch_once(store.keep) == 25

    assert [one.raw for one in store.kept] == mails
    assert await server.messages(INBOX) == []
    assert await server.messages(INBOX, folder="Processed") == mails
    assert await mailbox.fetch_once(store.keep) == 0


async def test_what_is_known_of_a_message_comes_with_it(server: DemoMailServer) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    await server.deliver(mail("Access"), INBOX)
    store, mailbox = Store(), Mailbox(settings(server))
    await mailbox.fetch_once(store.keep)

    [incoming] = store.kept
    assert before <= incoming.arrived_at <= datetime.now(UTC)
    assert incoming == Incoming(
        uid=incoming.uid,
        uidvalidity=incoming.uidvalidity,
        folder="INBOX",
        arrived_at=incoming.arrived_at,
        size=len(mail("Access")),
        truncated=False,
        raw=mail("Access"),
    )
    assert incoming.uid > 0
    assert incoming.uidvalidity > 0
    assert mailbox.last_success is not None
    assert mailbox.last_success - before < timedelta(minutes=1)


async def test_bytes_that_are_no_text_come_through_unchanged(server: DemoMailServer) -> None:
    raw = b"Subject: odd\r\n\r\n) \xff\x00 * 1 FETCH (UID 9)\r\nA1 OK done\r\n{3}\r\n"
    await server.deliver(raw.replace(b"\x00", b""), INBOX)
    store = Store()
    await Mailbox(settings(server)).fetch_once(store.keep)
    assert [one.raw for one in store.kept] == [raw.replace(b"\x00", b"")]


async def test_a_mail_delivered_twice_is_offered_twice(server: DemoMailServer) -> None:
    # Whether it is the same mail is decided where mails are kept, by the fingerprint.
    for _ in range(2):
        await server.deliver(mail("Access"), INBOX)
    store = Store()
    assert await Mailbox(settings(server)).fetch_once(store.keep) == 2


async def test_a_crash_between_keeping_and_moving_offers_the_mail_again(server: DemoMailServer) -> None:
    await server.deliver(mail("Access"), INBOX)
    store = Store()

    async def keep_and_die(incoming: Incoming) -> None:
        await store.keep(incoming)
        raise asyncio.CancelledError  # the process is told to stop right after the commit

    with pytest.raises(asyncio.CancelledError):
        await Mailbox(settings(server)).fetch_once(keep_and_die)
    assert await server.messages(INBOX) == [mail("Access")]

    assert await Mailbox(settings(server)).fetch_once(store.keep) == 1
    assert store.subjects == [b"Access", b"Access"]
    assert await server.messages(INBOX) == []


async def test_the_mail_is_still_in_the_inbox_while_it_is_kept(server: DemoMailServer) -> None:
    await server.deliver(mail("Access"), INBOX)
    seen: list[list[bytes]] = []

    async def keep(incoming: Incoming) -> None:
        seen.append(await server.messages(INBOX))

    await Mailbox(settings(server)).fetch_once(keep)
    assert seen == [[mail("Access")]]


async def test_a_mail_that_cannot_be_kept_stays_and_holds_up_no_other(server: DemoMailServer) -> None:
    for subject in ("Poison", "Access", "Deletion"):
        await server.deliver(mail(subject), INBOX)
    store, mailbox = Store(refuses={b"Poison"}), Mailbox(settings(server))

    assert await mailbox.fetch_once(store.keep) == 2

    assert store.subjects == [b"Access", b"Deletion"]
    assert await server.messages(INBOX) == [mail("Poison")]


async def test_a_store_that_is_down_is_not_asked_for_every_mail(server: DemoMailServer) -> None:
    for number in range(9):
        await server.deliver(mail(f"Request {number}"), INBOX)
    store = Store(refuses={f"Request {number}".encode() for number in range(9)})

    assert await Mailbox(settings(server, batch=3)).fetch_once(store.keep) == 0

    assert len(store.offered) == 3
    assert len(await server.messages(INBOX)) == 9


async def test_mails_refused_before_come_last_so_that_they_starve_no_other(server: DemoMailServer) -> None:
    for subject in ("Poison 1", "Poison 2", "Access"):
        await server.deliver(mail(subject), INBOX)
    store = Store(refuses={b"Poison 1", b"Poison 2"})
    mailbox = Mailbox(settings(server, batch=2))

    assert await mailbox.fetch_once(store.keep) == 0
    assert await mailbox.fetch_once(store.keep) == 1

    assert store.offered[:2] == [b"Poison 1", b"Poison 2"]
    assert b"Access" in store.offered[2:4]  # in the first batch of the second pass


async def test_nothing_of_a_mail_is_logged(server: DemoMailServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await server.deliver(mail("Poison"), INBOX)
    caplog.clear()
    await Mailbox(settings(server)).fetch_once(Store(refuses={b"Poison"}).keep)

    ours = [record for record in caplog.records if record.name.startswith(("bot", "aioimaplib"))]
    text = "\n".join(record.getMessage() for record in ours)
    assert "mail_not_kept" in text
    assert "cause=RuntimeError" in text
    for secret in ("customer", "send me my data", server.password, INBOX):
        assert secret not in text


async def test_of_an_oversized_mail_only_the_headers_are_fetched(server: DemoMailServer) -> None:
    raw = mail("Access", body="x" * 70 + "\n" + "y" * 3000)
    await server.deliver(raw, INBOX)
    await server.deliver(mail("Deletion"), INBOX)
    store = Store()

    assert await Mailbox(settings(server, max_bytes=2000)).fetch_once(store.keep) == 2

    oversized, ordinary = store.kept
    assert (oversized.truncated, oversized.size) == (True, len(raw))
    assert oversized.raw == raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert (ordinary.truncated, ordinary.raw) == (False, mail("Deletion"))
    assert await server.messages(INBOX) == []


async def test_without_a_folder_and_keywords_what_is_unread_waits(
    server: DemoMailServer, caplog: pytest.LogCaptureFixture
) -> None:
    await server.deliver(mail("Access"), INBOX)
    store, mailbox = Store(), Mailbox(settings(server, processed_folder=None))

    assert await mailbox.fetch_once(store.keep) == 1
    assert await mailbox.fetch_once(store.keep) == 0

    assert await server.messages(INBOX) == [mail("Access")]
    assert "mailbox_keeps_no_keywords" in caplog.text


async def test_a_folder_name_may_have_any_letters(server: DemoMailServer) -> None:
    await server.deliver(mail("Access"), INBOX)
    await Mailbox(settings(server, processed_folder='Geprüft & "gut" 完')).fetch_once(Store().keep)
    assert await server.messages(INBOX, folder='Geprüft & "gut" 完') == [mail("Access")]


async def test_new_mail_is_kept_as_it_arrives(server: DemoMailServer) -> None:
    store, stop = Store(), asyncio.Event()
    running = asyncio.create_task(Mailbox(settings(server)).run(store.keep, stop=stop))
    for number in range(3):
        await server.deliver(mail(f"Request {number}"), INBOX)
        await store.until(lambda one, number=number: len(one.kept) == number + 1)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_mail_that_could_not_be_kept_is_tried_again(server: DemoMailServer) -> None:
    await server.deliver(mail("Access"), INBOX)
    store, stop = Store(refuses={b"Access"}), asyncio.Event()
    running = asyncio.create_task(Mailbox(settings(server), delay=at_once).run(store.keep, stop=stop))
    await store.until(lambda one: len(one.offered) >= 3)
    store.refuses.clear()
    await store.until(lambda one: one.subjects == [b"Access"])
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_server_restarted_meanwhile_is_found_again(server: DemoMailServer) -> None:
    store, stop = Store(), asyncio.Event()
    running = asyncio.create_task(Mailbox(settings(server), delay=at_once).run(store.keep, stop=stop))
    await server.deliver(mail("Before"), INBOX)
    await store.until(lambda one: one.subjects == [b"Before"])

    await server.stop()
    await server.start()
    await server.deliver(mail("After"), INBOX)

    # The first may be offered again: the server may have stopped before it was moved.
    await store.until(lambda one: one.subjects[-1] == b"After")
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_connection_lost_in_the_middle_of_idle_is_noticed_at_once() -> None:
    async with ScriptedImap(IDLE="+ idling").running() as server:
        stop = asyncio.Event()
        mailbox = Mailbox(scripted(server, idle_seconds=3600.0, timeout=3600.0), delay=at_once)
        running = asyncio.create_task(mailbox.run(Store().keep, stop=stop))
        await server.until(lambda commands: "IDLE" in commands)
        server.hang_up()
        await server.until(lambda commands: commands.count("LOGIN") == 2)
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_it_waits_for_a_server_that_is_not_there_yet(server: DemoMailServer) -> None:
    await server.stop()
    store, stop, failed = Store(), asyncio.Event(), asyncio.Event()

    def delay(failures: int) -> float:
        if failures == 2:
            failed.set()
        return 0.01

    mailbox = Mailbox(settings(server), delay=delay)
    running = asyncio.create_task(mailbox.run(store.keep, stop=stop))
    await asyncio.wait_for(failed.wait(), 10)
    assert mailbox.last_success is None
    await server.start()
    await server.deliver(mail("Access"), INBOX)
    await store.until(lambda one: one.subjects == [b"Access"])
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_stopping_ends_a_long_wait_for_a_server(server: DemoMailServer) -> None:
    await server.stop()
    stop, failed = asyncio.Event(), asyncio.Event()

    def delay(failures: int) -> float:
        failed.set()
        return 3600.0

    running = asyncio.create_task(Mailbox(settings(server), delay=delay).run(Store().keep, stop=stop))
    await asyncio.wait_for(failed.wait(), 10)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_refused_login_is_told_apart_and_the_password_kept_quiet(
    server: DemoMailServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = settings(server, password="hunter2")
    with pytest.raises(LoginRefused) as refused:
        await Mailbox(wrong).fetch_once(Store().keep)
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("pymap"))
    assert "hunter2" not in ours + str(refused.value) + repr(wrong)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    mailbox = Mailbox(MailboxSettings(host=HOST, port=free_port(), user=INBOX, password="secret", tls="none"))
    with pytest.raises(MailboxUnavailable):
        await mailbox.fetch_once(Store().keep)


async def test_a_missing_folder_is_refused_by_name_of_the_command() -> None:
    async with ScriptedImap(SELECT="NO no such folder").running() as server:
        with pytest.raises(CommandRefused, match="SELECT"):
            await Mailbox(scripted(server)).fetch_once(Store().keep)


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "SELECT", "NOOP", "SEARCH"])
async def test_a_server_that_falls_silent_is_given_up(command: str) -> None:
    async with ScriptedImap(**{command: None}).running() as server:
        with pytest.raises(MailboxUnavailable, match=r"no answer in time|TimeoutError"):
            await Mailbox(scripted(server)).fetch_once(Store().keep)
        await asyncio.wait_for(server.closed.wait(), 10)


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "SELECT", "NOOP", "SEARCH"])
async def test_a_server_that_hangs_up_is_noticed_at_once(command: str) -> None:
    # The library would wait out its time-out, in IDLE for half an hour.
    async with ScriptedImap(**{command: "BYE"}).running() as server:
        with pytest.raises(MailboxUnavailable, match="connection lost"):
            await Mailbox(scripted(server, timeout=3600.0)).fetch_once(Store().keep)


async def test_an_idle_that_is_never_confirmed_is_given_up() -> None:
    async with ScriptedImap(IDLE=None).running() as server:
        stop, failed = asyncio.Event(), asyncio.Event()

        def delay(failures: int) -> float:
            failed.set()
            return 3600.0

        running = asyncio.create_task(Mailbox(scripted(server), delay=delay).run(Store().keep, stop=stop))
        await asyncio.wait_for(failed.wait(), 10)
        assert "IDLE" in server.commands
        stop.set()
        await asyncio.wait_for(running, 10)


@pytest.mark.parametrize("command", ["LOGIN", "SEARCH", "IDLE"])
async def test_being_cancelled_does_not_wait_for_the_server(command: str) -> None:
    async with ScriptedImap(**{command: "+ idling" if command == "IDLE" else None}).running() as server:
        mailbox = Mailbox(scripted(server, timeout=3600.0))
        running = asyncio.create_task(mailbox.run(Store().keep, stop=asyncio.Event()))
        await server.until(lambda commands: command in commands)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, 10)


async def test_an_idle_is_renewed_by_a_fresh_search() -> None:
    async with ScriptedImap(IDLE="+ idling").running() as server:
        stop = asyncio.Event()
        mailbox = Mailbox(scripted(server, idle_seconds=0.01, timeout=10.0))
        running = asyncio.create_task(mailbox.run(Store().keep, stop=stop))
        await server.until(lambda commands: commands.count("SEARCH") == 3)
        stop.set()
        await asyncio.wait_for(running, 10)
    assert server.commands[4:12] == ["NOOP", "SEARCH", "IDLE", "DONE"] * 2


async def test_a_server_without_idle_is_polled() -> None:
    async with ScriptedImap(CAPABILITY="CAPABILITY IMAP4rev1\nOK done").running() as server:
        stop = asyncio.Event()
        running = asyncio.create_task(Mailbox(scripted(server, poll_seconds=0.01)).run(Store().keep, stop=stop))
        await server.until(lambda commands: commands.count("SEARCH") == 3)
        stop.set()
        await asyncio.wait_for(running, 10)
        assert "IDLE" not in server.commands


async def test_an_answer_out_of_turn_gives_the_password_to_no_log(caplog: pytest.LogCaptureFixture) -> None:
    # The library raises into the event loop then, quoting the command; asyncio logs what it catches.
    caplog.set_level(logging.DEBUG)
    async with ScriptedImap(tags={"LOGIN": "WRONG99"}).running() as server:
        with pytest.raises(MailboxUnavailable):
            await Mailbox(scripted(server, password="hunter2")).fetch_once(Store().keep)
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", "INBOX"),
        ("Rights & Wrongs", "Rights &- Wrongs"),
        ("Entwürfe", "Entw&APw-rfe"),
        ("台北/日本語", "&U,BTFw-/&ZeVnLIqe-"),  # the example of RFC 3501, folders the other way round
    ],
)
def test_folder_name_is_modified_utf_7(name: str, wire: str) -> None:
    assert folder_name(name) == wire


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 2.0), (2, 4.0), (5, 32.0), (8, 256.0), (9, 300.0), (100_000, 300.0)]
)
def test_backoff_doubles_up_to_five_minutes_with_up_to_half_taken_off(attempt: int, longest: float) -> None:
    assert backoff(attempt, random=lambda: 0.0) == longest
    assert backoff(attempt, random=lambda: 1.0) == longest / 2
