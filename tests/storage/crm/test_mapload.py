"""Mistakes in a data map: each is named with its file, key and remedy."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.crm.datamap import Link, MapError
from storage.crm.mapload import load
from tests.storage.crm.desk import MAP

Edit = Callable[[dict[str, Any]], object]


def field(file: dict[str, Any], table: str, name: str) -> dict[str, Any]:
    """Return a field's entry of the dataset."""
    (collection,) = (entry for entry in file["dataset"][0]["collections"] if entry["name"] == table)
    (found,) = (entry for entry in collection["fields"] if entry["name"] == name)
    return found  # type: ignore[no-any-return]


def refer(file: dict[str, Any], table: str, name: str, **changes: str) -> None:
    reference = {"dataset": "sample_crm", "field": "customers.id", "direction": "from"} | changes
    field(file, table, name)["fides_meta"] = {"references": [reference]}


def tables(file: dict[str, Any]) -> dict[str, Any]:
    return file["handling"]["tables"]  # type: ignore[no-any-return]


ORDER_FIELDS = ("number", "ordered_on", "status", "total")
ITEM_FIELDS = ("product", "quantity", "price")
WORDS = dict.fromkeys(("en", "de", "pl", "sk"), "Order")
TEXTS = dict.fromkeys(ORDER_FIELDS, WORDS)
LETTER_DUTY = {"record": "letter", "dated": "ordered_on", "country": "DE"}
MISTAKES: list[tuple[Edit, str]] = [
    (lambda f: f["handling"].pop("identity"), "handling.identity: Field required; correct the key"),
    (lambda f: tables(f)["notes"].update(erase="shred"), "handling.tables.notes.erase: Input should be 'delete'"),
    (lambda f: tables(f)["notes"].update(colour="red"), "handling.tables.notes.colour: Extra inputs are not permitted"),
    (lambda f: f["dataset"].append(f["dataset"][0]), "dataset.sample_crm: two datasets are called so; rename one"),
    (
        lambda f: refer(f, "notes", "customer_id", direction="both"),
        "sample_crm.notes.customer_id.references.0.direction: Input should be 'from' or",
    ),
    (
        lambda f: refer(f, "notes", "customer_id", field="customers"),
        "notes.customer_id.references: 'customers' names no column; write field: table.column",
    ),
    (
        lambda f: field(f, "notes", "body").update(data_categories=["usr.content"]),
        "dataset.sample_crm.notes.body: no data category begins like 'usr.content'; use one below user or system",
    ),
    (
        lambda f: field(f, "customers", "phone").update(fides_meta={"read_only": True}),
        "handling.correctable.phone: column 'customers.phone' is read_only in the dataset; remove one of the two",
    ),
    (
        lambda f: field(f, "customers", "phone").update(fides_meta={"read_only": True}),
        "handling.tables.customers.fields.phone: the dataset says read_only; say keep",
    ),
    (
        lambda f: (
            f["handling"]["identity"].pop("erased"),
            tables(f)["customers"]["fields"].update(
                dict.fromkeys(("customer_number", "first_name", "last_name"), "keep")
            ),
        ),
        "handling.identity: rows may stay after an erasure; name a flag for them with erased",
    ),
    (lambda f: tables(f)["notes"]["purpose"].update(en="?"), "handling.tables.notes.purpose.en: decide this"),
    (
        lambda f: (
            tables(f)["orders"].update(tables(f)["invoices"] | {"fields": dict.fromkeys(ORDER_FIELDS, "keep")}),
            tables(f)["orders"].update(
                columns=TEXTS, duty={"record": "letter", "dated": "ordered_on", "country": "DE"}
            ),
            tables(f)["order_items"].update(fields=dict.fromkeys(ITEM_FIELDS, "keep")),
            tables(f)["invoices"]["fields"].update(order_id="keep"),
        ),
        "handling.tables.invoices.duty: rows of 'invoices' refer to 'orders', whose duty ends earlier in DE; keep both",
    ),
    (
        lambda f: refer(f, "notes", "customer_id", dataset="other"),
        "dataset.sample_crm.notes.customer_id.references: dataset must be 'sample_crm': no other is",
    ),
    (
        lambda f: refer(f, "notes", "customer_id", field="customers.nr"),
        "notes.customer_id.references: column 'customers.nr' is not in the dataset; add it or correct the name",
    ),
    (
        lambda f: refer(f, "customers", "company", field="notes.id"),
        "dataset.sample_crm: references run in a circle",
    ),
    (
        lambda f: tables(f).update(calls=tables(f)["notes"]),
        "handling.tables.calls: table 'calls' is not in the dataset; add it or correct the name",
    ),
    (
        lambda f: f["handling"]["identity"].update(erased="gone"),
        "handling.identity: column 'customers.gone' is not in the dataset; add it or correct the name",
    ),
    (
        lambda f: f["handling"]["consents"]["post"][0].update(where={"aim": "post"}),
        "handling.consents.post: column 'consents.aim' is not in the dataset; add it or correct the name",
    ),
    (
        lambda f: f["handling"]["correctable"]["phone"][0].update(column="mobile"),
        "handling.correctable.phone: column 'customers.mobile' is not in the dataset; add it or correct the name",
    ),
    (
        lambda f: f["handling"]["correctable"]["phone"][0].update(parts={"city": "phone"}),
        "handling.correctable.phone: give either column or parts",
    ),
    (
        lambda f: f["handling"]["correctable"]["phone"][0].update(table="mailing_lists", column="name"),
        "handling.correctable.phone: table 'mailing_lists' is not linked to persons; add a reference",
    ),
    (
        lambda f: field(f, "customers", "email").pop("fides_meta"),
        "dataset.sample_crm.customers: give it one primary_key field and mark its address with identity: email",
    ),
    (
        lambda f: field(f, "notes", "id").pop("fides_meta"),
        "dataset.sample_crm.notes: mark its primary key with fides_meta.primary_key",
    ),
    (
        lambda f: field(f, "notes", "customer_id").pop("fides_meta"),
        "handling.tables.notes: no reference leads here from 'customers'; add one with direction: from",
    ),
    (
        lambda f: tables(f).pop("interactions"),
        "handling.tables.interactions: the table is linked to persons; say how it is handled",
    ),
    (
        lambda f: tables(f)["customers"]["fields"].pop("phone"),
        "handling.tables.customers.fields.phone: rows may stay; say null, redact, random, hash or keep",
    ),
    (
        lambda f: tables(f)["notes"].update(erase="keep"),
        "handling.tables.notes.duty: erase: keep needs a duty (record, dated, country; or follows), and nothing else",
    ),
    (
        lambda f: tables(f)["invoices"]["duty"].update(record="song"),
        "handling.tables.invoices.duty.record: no law is known for 'song'; use invoice, letter, voucher",
    ),
    (
        lambda f: tables(f)["invoices"]["duty"].update(country="DE"),
        "handling.tables.invoices.duty: give either country or country_column",
    ),
    (
        lambda f: tables(f)["invoices"]["fields"].update(customer_id=None),
        "handling.tables.invoices.duty: kept rows must stay linked to their person; keep a reference to a primary key",
    ),
    (
        lambda f: tables(f)["notes"]["purpose"].pop("sk"),
        "handling.tables.notes.purpose: add the text in sk",
    ),
    (
        lambda f: tables(f)["notes"]["columns"].pop("body"),
        "handling.tables.notes.columns.body: add the text in en, de, pl, sk",
    ),
]


@pytest.mark.parametrize(("edit", "message"), MISTAKES, ids=[message.split(";")[0] for _, message in MISTAKES])
def test_load_names_each_mistake(edit: Edit, message: str, tmp_path: Path) -> None:
    # Written out and read again, so that the texts shared in the sample do not change together.
    file = yaml.safe_load(yaml.dump(yaml.safe_load(MAP.read_text(encoding="utf-8")), Dumper=_NoAliases))
    edit(file)
    path = tmp_path / "crm.yaml"
    path.write_text(yaml.safe_dump(file, allow_unicode=True), encoding="utf-8")

    with pytest.raises(MapError) as caught:
        load(path)

    assert message in str(caught.value)
    assert all(re.match(r"crm\.yaml:\d+: ", line) for line in str(caught.value).splitlines())


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def test_load_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"absent\.yaml: the data map cannot be read .*; correct its path"):
        load(tmp_path / "absent.yaml")


def test_load_names_the_line_that_is_no_yaml(tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text("dataset:\n  - {fides_key: x\nhandling: [}\n", encoding="utf-8")

    with pytest.raises(MapError, match=r"crm\.yaml:3: not valid YAML"):
        load(path)


def test_load_refuses_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    path.write_bytes(b"\xff\xfe\x00d")

    with pytest.raises(MapError, match=r"crm\.yaml: not a text file in UTF-8; save it as one"):
        load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list", "crm.yaml:1: file: Input should be a valid dictionary"),
        ("", "crm.yaml: the file is empty; `rightsdesk crm map` writes a first draft"),
        ("day: 2026-02-30", "crm.yaml: a value cannot be read (day is out of range for month); correct it"),
    ],
)
def test_load_names_what_is_no_map(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(MapError) as caught:
        load(path)

    assert str(caught.value).startswith(message)


def test_load_puts_parents_before_children() -> None:
    map_ = load(MAP)

    assert map_.order[0] == "customers"
    assert map_.order.index("orders") < map_.order.index("order_items")
    assert map_.order.index("orders") < map_.order.index("invoices")
    assert "mailing_lists" not in map_.order
    assert Link("customers", "email", "list_members", "email") in map_.links


def test_load_reads_a_reference_that_points_to_the_other_table(tmp_path: Path) -> None:
    file = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    field(file, "notes", "customer_id").pop("fides_meta")
    reference = {"dataset": "sample_crm", "field": "notes.customer_id", "direction": "to"}
    field(file, "customers", "id")["fides_meta"] = {"primary_key": True, "references": [reference]}
    path = tmp_path / "crm.yaml"
    path.write_text(yaml.safe_dump(file), encoding="utf-8")

    assert Link("customers", "id", "notes", "customer_id") in load(path).links
