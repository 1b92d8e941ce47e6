"""The data map against the live database: every difference is named, on its line, all at once."""

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from storage.crm.datamap import DataMap, MapError
from storage.crm.livecheck import Look, compare
from storage.crm.mapload import load
from tests.storage.crm.desk import MAP, TODAY, Desk

LOOK = Look(today=TODAY, country="DE")


def line_of(text: str) -> int:
    """Return the number of the first line of the sample's map that holds the text."""
    return next(n for n, line in enumerate(MAP.read_text(encoding="utf-8").splitlines(), start=1) if text in line)


def found(desk: Desk, map_: DataMap | None = None, *, look: Look | None = LOOK) -> list[str]:
    with desk.engine.connect() as connection:
        return [str(finding) for finding in compare(connection, map_ or load(MAP), look=look)]


def test_check_accepts_the_sample(any_desk: Desk) -> None:
    any_desk.crm.check()
    assert found(any_desk) == []


@pytest.mark.parametrize(
    ("statement", "place", "message"),
    [
        (
            "DROP TABLE interactions",
            "- name: interactions",
            (
                "dataset.sample_crm.interactions: table 'interactions' is not in the database;"
                " correct its name in the map or remove it"
            ),
        ),
        (
            "ALTER TABLE customers ADD COLUMN nickname VARCHAR(40)",
            "- name: customers",
            (
                "dataset.sample_crm.customers: column 'customers.nickname' is not in the data map;"
                " add it with its data_categories"
            ),
        ),
        (
            (
                "CREATE TABLE calls (id INTEGER PRIMARY KEY, customer_id INTEGER, "
                "FOREIGN KEY (customer_id) REFERENCES customers (id))"
            ),
            "collections:",
            "dataset.sample_crm: table 'calls' refers to 'customers' but is not in the data map; add it",
        ),
        (
            "CREATE TABLE suppliers (id INTEGER PRIMARY KEY, e_mail VARCHAR(100))",
            "collections:",
            (
                "dataset.sample_crm: table 'suppliers' is not in the data map, but columns look personal: 'e_mail' by"
                " its name (E-mail address); add the table, or list suppliers.* in handling.not_personal"
            ),
        ),
    ],
)
def test_check_names_a_difference(any_desk: Desk, statement: str, place: str, message: str) -> None:
    any_desk.run(statement)

    assert found(any_desk, look=None) == [f"crm.yaml:{line_of(place)}: {message}"]


def test_check_names_a_renamed_column_and_the_new_one(desk: Desk) -> None:
    desk.run("ALTER TABLE notes RENAME COLUMN body TO content")

    with pytest.raises(MapError) as caught:
        desk.crm.check()

    assert str(caught.value).splitlines() == [
        (
            f"crm.yaml:{line_of('- name: notes')}: dataset.sample_crm.notes: column 'notes.content' is not in the"
            " data map; add it with its data_categories"
        ),
        (
            f"crm.yaml:{line_of('- name: notes') + 7}: dataset.sample_crm.notes.body: column 'notes.body' is not in the"
            " database; correct its name in the map or remove it"
        ),
    ]


def test_check_names_an_erasure_that_the_column_cannot_take(any_desk: Desk) -> None:
    any_desk.run("ALTER TABLE invoices DROP COLUMN billing_email")
    any_desk.run("ALTER TABLE invoices ADD COLUMN billing_email VARCHAR(254) NOT NULL DEFAULT ''")
    any_desk.run("ALTER TABLE customers DROP COLUMN first_name")
    any_desk.run("ALTER TABLE customers ADD COLUMN first_name INTEGER")

    texts = [finding.split(": ", 2)[2] for finding in found(any_desk)]

    assert texts == [
        "column 'customers.first_name' holds no text; erase it by null instead of redact",
        "column 'invoices.billing_email' cannot be empty; erase it by redact or random instead of null",
    ]


def test_check_names_a_key_that_is_none(desk: Desk) -> None:
    desk.run("DROP TABLE notes")
    desk.run("CREATE TABLE notes (id INTEGER, customer_id INTEGER, written_on DATE, body TEXT)")

    (finding,) = found(desk)

    assert finding.endswith("the primary key (id) is not one in the database; the table has none there")


def test_check_sees_by_content_what_no_name_tells(any_desk: Desk) -> None:
    any_desk.run(
        "CREATE TABLE imports (id INTEGER PRIMARY KEY, x1 VARCHAR(80), x2 VARCHAR(80), x3 DATE, x4 VARCHAR(80))"
    )
    for number in range(5):
        values = f"({number}, 'p{number}@example.org', 'Lindenweg {number}', '19{60 + 5 * number}-03-01', 'A-{number}')"
        any_desk.run(f"INSERT INTO imports VALUES {values}")  # noqa: S608  (numbers)

    findings = found(any_desk)

    (columns,) = (finding.split("personal: ")[1].split(";")[0] for finding in findings)
    assert columns.split(", ") == [
        "'x1' by its content (E-mail address)",
        "'x2' by its content (Street and number)",
        "'x3' by its content (Date of birth)",
    ]
    assert found(any_desk, look=None) == []


def test_check_believes_a_column_that_a_person_has_looked_at(desk: Desk, tmp_path: Path) -> None:
    desk.run("CREATE TABLE suppliers (id INTEGER PRIMARY KEY, email VARCHAR(100), phone VARCHAR(40))")
    desk.run("CREATE TABLE offices (id INTEGER PRIMARY KEY, phone VARCHAR(40))")
    file = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    file["handling"]["not_personal"] += ["suppliers.email", "offices.*"]
    path = tmp_path / "crm.yaml"
    path.write_text(yaml.safe_dump(file), encoding="utf-8")

    (finding,) = found(desk, load(path))

    assert "columns look personal: 'phone' by its name (Telephone);" in finding


def test_a_column_that_is_mapped_as_impersonal_is_named_on_its_line(desk: Desk, tmp_path: Path) -> None:
    text = MAP.read_text(encoding="utf-8").replace("phone, data_categories: [user.contact.phone_number]", "phone")
    path = tmp_path / "crm.yaml"
    path.write_text(text, encoding="utf-8")

    (finding,) = found(desk, load(path))

    line = next(n for n, entry in enumerate(text.splitlines(), start=1) if "{name: phone" in entry)
    assert finding.startswith(f"crm.yaml:{line}: dataset.sample_crm.customers.phone: column 'customers.phone' looks")


def test_check_reads_over_values_that_their_type_does_not_allow_and_leaves_pictures_alone(desk: Desk) -> None:
    desk.run("CREATE TABLE machines (id INTEGER PRIMARY KEY, built DATE, picture BLOB, x TEXT)")
    desk.run("INSERT INTO machines VALUES (1, 'spring of 1979', x'00ff', :text)", text="eve@example.org " * 10_000)
    desk.run("INSERT INTO machines VALUES (2, NULL, x'00ff', 'a'), (3, '1980-01-01', x'00ff', 'b')")
    seen: list[str] = []
    sa.event.listen(desk.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))

    (finding,) = found(desk)

    assert "'x' by its content (Text)" in finding
    assert not any("picture" in statement for statement in seen if "LIMIT" in statement)


def test_check_takes_one_statement_a_table(desk: Desk) -> None:
    tables = len(sa.inspect(desk.engine).get_table_names())
    with_look = desk.statements(lambda: found(desk))
    without = desk.statements(lambda: found(desk, look=None))

    assert with_look - without == tables


def test_check_names_a_value_that_its_column_cannot_hold(any_desk: Desk, tmp_path: Path) -> None:
    content = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    consents = content["handling"]["consents"]
    consents["phone"][0]["values"] = {"granted": "no"}
    consents["newsletter"]["given"][0]["where"] = {"purpose": True}
    content["handling"]["correctable"]["address"][0]["where"] = {"kind": 1}
    path = tmp_path / "crm.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    told = [text.partition(": ")[2] for text in found(any_desk, load(path))]

    assert sorted(told) == [
        (
            "handling.consents.newsletter.given: True cannot stand in column 'consents.purpose';"
            " write a text, in quotation marks"
        ),
        "handling.consents.phone: 'no' cannot stand in column 'consents.granted'; write true or false",
        "handling.correctable.address: 1 cannot stand in column 'addresses.kind'; write a text, in quotation marks",
    ]
