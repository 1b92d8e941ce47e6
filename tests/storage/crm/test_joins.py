"""A map of two datasets: what has to be right between them, and which database is whose."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.crm import Author
from storage.crm.changelog import Write
from storage.crm.databases import assign, open_databases
from storage.crm.datamap import Joined, MapError
from storage.crm.desk import SqlCrm
from storage.crm.mapload import examine, load, load_all
from tests.storage.crm import two
from tests.storage.crm.desk import ANN, MAP, TODAY
from tests.storage.crm.two import ANN_THERE, SHOP, SUPPORT

MapFile = dict[str, Any]


def contacts(content: MapFile, column: str) -> MapFile:
    """Return a column of the support desk's contacts."""
    fields = content["dataset"][1]["collections"][0]["fields"]
    return dict(next(field for field in fields if field["name"] == column))["fides_meta"]  # type: ignore[no-any-return]


def refer(content: MapFile, *, number: int, table: int, to: str, dataset: str) -> None:
    """Add a reference to the last column of a table."""
    field = content["dataset"][number]["collections"][table]["fields"][-1]
    field["fides_meta"] = {"references": [{"dataset": dataset, "field": to, "direction": "from"}]}


MISTAKES: list[tuple[Callable[[MapFile], object], str]] = [
    (
        lambda f: contacts(f, "email").pop("references"),
        "dataset.support.contacts: exactly one reference must lead from 'contacts' to 'sample_crm.customers'",
    ),
    (
        lambda f: contacts(f, "email")["references"][0].update(field="customers.city"),
        "dataset.support.contacts.email: persons must be known by it on both sides",
    ),
    (
        lambda f: contacts(f, "email")["references"][0].update(field="orders.id"),
        "dataset.support.contacts.email: persons are joined to 'sample_crm' only; refer to a column of 'customers'",
    ),
    (
        lambda f: contacts(f, "email")["references"][0].update(dataset="shop"),
        "dataset must be 'support' or 'sample_crm': no other is reached",
    ),
    (
        lambda f: refer(f, number=1, table=1, to="customers.email", dataset=SHOP),
        "dataset.support.notes.body: only 'contacts', which stands for persons, can be joined",
    ),
    (
        lambda f: refer(f, number=0, table=0, to="contacts.email", dataset=SUPPORT),
        "'sample_crm' leads; let the persons of 'support' refer to 'customers' instead",
    ),
    (
        lambda f: f["handling"]["others"][SUPPORT].pop("correctable"),
        "handling.correctable.email: 'support' is joined by this; add it to handling.others.support.correctable too",
    ),
    (lambda f: f["handling"].pop("others"), "dataset.support: only the first dataset is handled; add handling.others"),
    (
        lambda f: f["handling"]["others"].update(calls=two.handling()),
        "handling.others.calls: 'calls' is no dataset after the first",
    ),
    (
        lambda f: f["handling"]["others"][SUPPORT]["tables"]["notes"]["purpose"].pop("de"),
        "handling.others.support.tables.notes.purpose: add the text in de",
    ),
    (
        lambda f: f["handling"]["others"][SUPPORT]["identity"].update(restricted="ice"),
        "handling.others.support.identity: column 'contacts.ice' is not in the dataset",
    ),
    (lambda f: f["handling"]["others"][SUPPORT].update(colour="red"), "handling.others.support.colour: Extra inputs"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return two.write(two.map_file(), tmp_path / "both.yaml")


def test_each_dataset_is_a_map_of_its_own(path: Path) -> None:
    shop, support = load_all(path)

    assert (shop.dataset, shop.joined) == (SHOP, None)
    assert (support.dataset, support.joined) == (SUPPORT, Joined("email", "email"))
    assert support.languages == shop.languages
    assert support.order == ("contacts", "notes")
    assert shop == load(MAP)


@pytest.mark.parametrize(("edit", "text"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_each_mistake_between_datasets_is_named(tmp_path: Path, edit: Callable[[MapFile], object], text: str) -> None:
    content = two.map_file()
    edit(content)

    findings = examine(two.write(content, tmp_path / "both.yaml")).findings

    assert [found for found in findings if text in str(found)], "\n".join(map(str, findings))
    assert all(found.line > 1 for found in findings)


def test_a_dataset_may_be_joined_by_a_number_without_an_address(tmp_path: Path) -> None:
    content = two.map_file()
    contacts(content, "phone")["identity"] = "customer_number"
    email = contacts(content, "email")
    contacts(content, "phone")["references"] = [{**email.pop("references")[0], "field": "customers.customer_number"}]
    email.pop("identity")
    content["handling"]["others"][SUPPORT].pop("correctable")

    _, support = load_all(two.write(content, tmp_path / "both.yaml"))

    assert support.joined == Joined("phone", "customer_number")
    assert support.identity.emails == ()


def test_a_map_of_several_is_none_of_one(path: Path) -> None:
    with pytest.raises(MapError, match="no database for support"):
        load(path)


@pytest.mark.parametrize(
    ("urls", "text"),
    [
        ({"": "sqlite:///a.db"}, "no database is named for dataset 'support'; add it to [crm] urls"),
        ({SUPPORT: "sqlite:///a.db"}, "no database is named for dataset 'sample_crm'"),
        ({"": "sqlite:///a.db", SUPPORT: "sqlite:///b.db", "calls": "sqlite:///c.db"}, "there is no dataset 'calls'"),
        ({"": "sqlite:///a.db", SUPPORT: "sqlite:///a.db"}, "two datasets name the same database"),
    ],
)
def test_each_dataset_needs_a_database_of_its_own(path: Path, urls: dict[str, str], text: str) -> None:
    with pytest.raises(MapError) as caught:
        assign(urls, load_all(path))

    assert text in str(caught.value)


def test_the_first_may_be_named_or_not(path: Path) -> None:
    maps = load_all(path)

    assert assign({"": "a", SUPPORT: "b"}, maps) == assign({SHOP: "a", SUPPORT: "b"}, maps) == {SHOP: "a", SUPPORT: "b"}


def test_one_dataset_is_opened_as_before(sqlite_url: str) -> None:
    assert isinstance(open_databases({"": sqlite_url}, MAP), SqlCrm)


class Kept:
    """A log that can be looked at."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, list[str]]] = []

    def intend(self, person: str, writes: list[Write], *, operation: str, author: Author) -> str:
        self.kept.append((person, [write.key for write in writes if write.table == "contacts"]))
        return ""

    def written(self, batch: str) -> None:
        pass


def test_persons_of_two_databases_are_told_apart_in_the_log(sqlite_url: str, tmp_path: Path, path: Path) -> None:
    (tmp_path / "support.db").touch()
    support = f"sqlite:///{tmp_path / 'support.db'}"
    two.make(sqlite_url, support, path)[0].close()
    log = Kept()
    crm = open_databases({"": sqlite_url, SUPPORT: support}, path, log=log)

    crm.delete(ANN, crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=False)

    assert log.kept == [(f"{SUPPORT}:{ANN_THERE}", [f"{SUPPORT}:{ANN_THERE}"]), (ANN, [])]
    crm.close()
