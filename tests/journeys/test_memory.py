"""What a ticket erases or stops is remembered beside the CRM, and done again after the CRM was restored."""

from pathlib import Path

from bot.demo.world import SECOND_APPROVER
from handlers.ports import ADDRESS
from storage import suppressions
from storage.crm.desk import SqlCrm
from storage.crm.replay import Verdict, erase_again, find_erased, find_suppressed, suppress_again
from storage.ledger import Ledger
from tests.journeys import crm_rows
from tests.journeys.journey import Journey, reference_in
from tests.journeys.letters import ANSWER, RECEIVED, WAITING
from tests.storage.crm.dumps import dump, restore

LUKAS = "lukas.brandt@example.org"
EMMA = "emma.clarke@example.org"


def ignore(_done: int, _total: int) -> None:
    """Take no notice of the progress."""


async def test_an_erasure_and_a_withdrawal_outlive_a_restore(journey: Journey, tmp_path: Path) -> None:
    company = journey.company
    dump(company.crm, tmp_path / "dump")
    await journey.write(EMMA, "Newsletter", "Please take me off your newsletter, I no longer want it.\n\nEmma Clarke")
    await journey.letter(EMMA, ANSWER["en"])
    await journey.write(LUKAS, "Löschung", "Guten Tag,\n\nbitte löschen Sie alle meine Daten.\n\nLukas Brandt")
    reference = reference_in(await journey.letter(LUKAS, RECEIVED["de"]))
    await journey.confirm_by_code(LUKAS)
    await journey.approve(reference, user=SECOND_APPROVER)
    await journey.letter(LUKAS, WAITING["de"])
    store = company.app.cases.store
    ledger = Ledger(store.database, store.keyring)
    assert ledger.count() == 0, "nobody is in the ledger before the erasure is done"
    await journey.advance(days=3)
    await journey.letter(LUKAS, ANSWER["de"])
    after = crm_rows.read(company.crm)

    crm = company.app.cases.desk.crm
    assert isinstance(crm, SqlCrm)
    crm.close()  # whoever restores a database stops what works on it
    restore(company.crm, tmp_path / "dump")
    assert crm.find_by_email(LUKAS)

    today = company.app.cases.policy.today(journey.now)
    [lukas] = find_erased(crm, ledger, progress=ignore)
    assert (lukas.verdict, lukas.erased.reference) == (Verdict.ERASE, reference)
    erase_again(crm, lukas, today=today)
    [emma] = find_suppressed(crm, ledger, progress=ignore)
    assert (emma.address, set(emma.consents)) == (EMMA, {"newsletter"})
    suppress_again(crm, emma)

    assert _comparable(crm_rows.read(company.crm)) == _comparable(after)
    with store.database.read() as connection:
        [ended] = suppressions.history(connection, store.keyring, store.keyring.lookup(ADDRESS, EMMA))
    assert {row.table for row in ended.formerly} == {"consents", "list_members"}


def _comparable(tables: crm_rows.Tables) -> crm_rows.Tables:
    """Leave out the customer numbers of the erased, which are drawn at random."""
    customers = [{**row, "customer_number": ""} if row["erased"] else row for row in tables["customers"]]
    return {**tables, "customers": customers}
