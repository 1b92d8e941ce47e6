"""Mails per second from IMAP to the queued answer, and SQL statements per mail, on real servers of this machine.

Run: python -m benchmarks.pipeline [--mails 200]
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from rich.progress import Progress
from sqlalchemy import select

import bot.demo
from benchmarks.record import record
from benchmarks.statements import counted
from bot.app import App, running, utc_now
from bot.cases import Cases
from bot.demo import crm_sample
from bot.demo.mailserver import DemoMailServer
from bot.demo.story import INBOX, write
from bot.demo.world import demo_settings, free_port
from bot.settings import Settings, SlackSection, SmtpSection
from bot.typeset import JinjaTypesetter
from handlers.desk import Desk
from handlers.tickets import Status
from nlp.recognise import SpacyRecogniser
from storage import tables
from storage.crm.desk import SqlCrm
from storage.crypto import MasterKey
from storage.store import Store

MAILS = {
    "withdrawal": ("Newsletter", "Please unsubscribe me from your newsletter, I do not want it any more."),
    "access": ("My data", "What do you have on me? Please send me a copy of all personal data you hold about me."),
}
SETTLED = {"withdrawal": Status.CARRIED_OUT, "access": Status.IDENTITY_ASKED}
QUEUED = {"withdrawal": "answer", "access": "acknowledgement and challenge"}
TIMEOUT_SECONDS = 600


class FakeSlackUrl:
    """Stands for the look-alike: Slack is off here."""

    base_url = "http://127.0.0.1:9/"


def _senders(folder: Path, count: int) -> list[str]:
    """Return addresses that are on file."""
    engine = crm_sample.sa.create_engine(f"sqlite:///{folder / 'crm.db'}")
    email = crm_sample.customers.c.email
    with engine.connect() as connection:
        found = list(connection.execute(select(email).where(email.is_not(None))).scalars())
    engine.dispose()
    return list(dict.fromkeys(found))[:count]


def _settings(folder: Path, mail: DemoMailServer) -> Settings:
    settings = demo_settings(folder, mail=mail, slack=FakeSlackUrl(), portal_port=free_port())  # type: ignore[arg-type]
    # Letters and cards are queued, not sent: what is measured is our own work.
    return settings.model_copy(update={"smtp": SmtpSection(), "slack": SlackSection()})


async def _until_settled(app: App, status: Status, count: int) -> None:
    columns = tables.requests.c
    query = select(columns.id).where(columns.status == status)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            with app.cases.store.database.read() as connection:
                if len(connection.execute(query).all()) >= count:
                    return
            await asyncio.sleep(0.05)


async def measure(kind: str, count: int, recogniser: SpacyRecogniser) -> dict[str, object]:
    """Put `count` mails of one kind into the inbox, start the bot, and take the time until all are settled."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        MasterKey.generate().write(folder / "rightsdesk.key")
        async with DemoMailServer() as mail:
            settings = _settings(folder, mail)
            crm_sample.build(settings.crm.url, people=count + 50, today=utc_now().date())
            senders = _senders(folder, count)
            subject, body = MAILS[kind]
            for sender in senders:
                await mail.deliver(write(sender, subject, body, now=utc_now()).as_bytes(), INBOX)
            started = time.perf_counter()
            async with running(settings, recogniser=recogniser) as app:
                with counted(app.cases.store.database.engine) as statements:
                    await _until_settled(app, SETTLED[kind], len(senders))
                seconds = time.perf_counter() - started
            return {
                "what": f"{kind}: IMAP to queued {QUEUED[kind]}",
                "mails": len(senders),
                "seconds": round(seconds, 2),
                "mails_per_second": round(len(senders) / seconds, 1),
                "store_statements_per_mail": round(statements[0] / len(senders), 1),
            }


def statements_of_one(kind: str, recogniser: SpacyRecogniser) -> dict[str, object]:
    """Count the SQL statements of one mail, step by step, with nothing else at work."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'crm.db'}"
        crm_sample.build(url, today=utc_now().date())
        store = Store.open(f"sqlite:///{folder / 'store.db'}", MasterKey.generate(), JinjaTypesetter())
        crm = SqlCrm.open(url, Path(bot.demo.__path__[0]) / "crm.yaml")
        cases = Cases(store, Desk(Settings().to_policy(), recogniser, crm), clock=utc_now)
        subject, body = MAILS[kind]
        raw = write("emma.clarke@example.org", subject, body, now=utc_now()).as_bytes()
        row: dict[str, object] = {"what": f"{kind}: SQL statements of one mail on the store"}
        with counted(store.database.engine) as count:
            mail_id = cases.keep(raw, arrived_at=utc_now())
            row["keep"] = count[0]
            cases.take_in(mail_id or "")
            row["take_in"] = count[0] - int(str(row["keep"]))
        store.close()
        return row


async def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=200)
    count = parser.parse_args().mails
    recogniser = SpacyRecogniser.load()
    rows = []
    with Progress(transient=True) as progress:
        for kind in progress.track(list(MAILS), description="measuring"):
            rows.append(await measure(kind, count, recogniser))
            rows.append(statements_of_one(kind, recogniser))
    record("pipeline", rows)


if __name__ == "__main__":
    asyncio.run(main())
