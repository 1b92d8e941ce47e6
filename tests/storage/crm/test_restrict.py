"""Freezing a record (GDPR Art. 18) on real databases."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import CrmError, CrmRestricted
from handlers.recognition import Correction
from tests.storage.crm.desk import ANN, JOANN, TODAY, Desk
from tests.storage.crm.small import IDENTITY, make

NEW_NAME = [Correction("last_name", "", "Hartley-Moss")]


def flags(desk: Desk, key: str) -> tuple[object, object]:
    row = desk.rows()["customers"][int(key)]
    return row["restricted"], row["no_marketing"]


def rows_done(desk: Desk) -> int:
    (step,) = desk.crm.restrict(ANN).steps
    return step.rows


def test_restrict_freezes_one_record_and_ends_its_mailings(any_desk: Desk) -> None:
    assert (rows_done(any_desk), rows_done(any_desk)) == (1, 0)

    assert flags(any_desk, ANN) == (True, True)
    assert flags(any_desk, JOANN) == (False, False)


def test_a_restricted_record_is_not_corrected(any_desk: Desk) -> None:
    changes = any_desk.crm.plan_correction(ANN, NEW_NAME)
    any_desk.crm.restrict(ANN)
    before = any_desk.rows()

    with pytest.raises(CrmRestricted):
        any_desk.crm.plan_correction(ANN, NEW_NAME)
    with pytest.raises(CrmRestricted):
        any_desk.crm.correct(ANN, changes)

    assert any_desk.rows() == before


def test_a_restricted_record_is_not_erased(any_desk: Desk) -> None:
    # Whoever has their data frozen may need them: for a claim, say (Art. 18(1)(c)).
    plan = any_desk.crm.plan_deletion(ANN, today=TODAY)
    any_desk.crm.restrict(ANN)
    before = any_desk.rows()

    with pytest.raises(CrmRestricted):
        any_desk.crm.plan_deletion(ANN, today=TODAY)
    with pytest.raises(CrmRestricted):
        any_desk.crm.delete(ANN, plan, today=TODAY, resumed=False)

    assert any_desk.rows() == before


def test_lifted_it_is_as_before(any_desk: Desk) -> None:
    before = any_desk.rows()
    any_desk.crm.restrict(ANN)

    any_desk.crm.lift_restriction(ANN, mailings=["customers"])

    assert any_desk.rows() == before
    assert any_desk.crm.plan_correction(ANN, NEW_NAME)


def test_lifted_without_mailings_who_wanted_none_gets_none(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET no_marketing = true WHERE id = 13")
    any_desk.crm.restrict(ANN)

    any_desk.crm.lift_restriction(ANN, mailings=())

    assert flags(any_desk, ANN) == (False, True)


def test_lifting_again_changes_nothing(any_desk: Desk) -> None:
    any_desk.crm.restrict(ANN)
    any_desk.crm.lift_restriction(ANN, mailings=["customers"])

    (step,) = any_desk.crm.lift_restriction(ANN, mailings=["customers"]).steps

    assert step.rows == 0


def test_a_crm_without_the_flag_says_so(tmp_path: Path) -> None:
    metadata = sa.MetaData()
    address = sa.Column("email", sa.String(100), info={IDENTITY: "email"})
    sa.Table("people", metadata, sa.Column("id", sa.Integer, primary_key=True), address)
    (tmp_path / "crm.db").touch()
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    small = make(
        url, metadata, tmp_path / "map.yaml", identity={"table": "people"}, tables={"people": {"erase": "delete"}}
    )
    small.run("INSERT INTO people VALUES (1, 'ann@example.org')")

    with pytest.raises(CrmError, match=r"handling\.identity\.restricted"):
        small.crm.restrict("1")
    small.engine.dispose()
