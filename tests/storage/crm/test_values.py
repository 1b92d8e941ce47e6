from datetime import date

import pytest
import sqlalchemy as sa

from storage.crm.values import as_column, split

ADDRESS = ("street", "postcode", "city")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lindenweg 12, 10115 Berlin", ("Lindenweg 12", "10115", "Berlin")),
        ("Lindenweg 12,10115 Berlin.", ("Lindenweg 12", "10115", "Berlin")),
        ("Lindenweg 12\n10115 Berlin", ("Lindenweg 12", "10115", "Berlin")),
        ("Lindengasse 3, A-1070 Wien", ("Lindengasse 3", "A-1070", "Wien")),
        ("ul. Polna 5/7, 00-123 Warszawa", ("ul. Polna 5/7", "00-123", "Warszawa")),
        ("Lipová 18, 370 05 České Budějovice", ("Lipová 18", "370 05", "České Budějovice")),
        ("Hlavná 8, 811 01 Bratislava - Staré Mesto", ("Hlavná 8", "811 01", "Bratislava - Staré Mesto")),
        ("12 rue de la Gare, 69003 Lyon", ("12 rue de la Gare", "69003", "Lyon")),
        ("14 Larch Close, Penrith CA11 0ZZ", ("14 Larch Close", "CA11 0ZZ", "Penrith")),
        ("Flat 3, 14 Larch Close, Penrith, CA11 0ZZ", ("Flat 3, 14 Larch Close", "CA11 0ZZ", "Penrith")),
        # Without a postcode, a comma or a street nothing is certain.
        ("K Lesu 221, Říčany", None),
        ("Vinohradské 88", None),
        ("252 01", None),
        ("10115 Berlin", None),
        ("Lindenweg 12 10115 Berlin", None),
        ("", None),
        ("Lindenweg 12, 10115 Berlin\0", None),
    ],
)
def test_split_parts_an_address_or_leaves_it(text: str, expected: tuple[str, str, str] | None) -> None:
    found = split("address", ADDRESS, text)

    assert (None if found is None else tuple(found[part] for part in ADDRESS)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("John McKenzie", {"first_name": "John", "last_name": "McKenzie"}),
        ("  John   McKenzie ", {"first_name": "John", "last_name": "McKenzie"}),
        ("Jiří Karel Novák", None),
        ("Cher", None),
    ],
)
def test_split_parts_a_name_of_two_words_only(text: str, expected: dict[str, str] | None) -> None:
    assert split("full_name", ("first_name", "last_name"), text) == expected


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("company", " Example Interiors Ltd. ", {"": "Example Interiors Ltd."}),
        ("email", "z.mala@school.example", {"": "z.mala@school.example"}),
        ("email", "z.mala at school.example", None),
        ("email", "a@b.example c@d.example", None),
        ("email", "localhost", None),
    ],
)
def test_split_takes_a_whole_value(field: str, text: str, expected: dict[str, str] | None) -> None:
    assert split(field, ("",), text) == expected


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        (sa.Date(), "1961-11-07", date(1961, 11, 7)),
        (sa.Date(), "7. 11. 1961", date(1961, 11, 7)),
        (sa.Date(), "07.11.1961", date(1961, 11, 7)),
        (sa.Date(), "07/11/1961", None),  # the eleventh of July to some
        (sa.Date(), "31.2.1961", None),
        (sa.Date(), "1961", None),
        (sa.String(5), "Berlin", None),
        (sa.String(6), "Berlin", "Berlin"),
        (sa.Text(), "Berlin", "Berlin"),
        (sa.Integer(), "7", None),
    ],
)
def test_as_column_reads_only_what_is_certain(
    type_: sa.types.TypeEngine[object], text: str, expected: str | date | None
) -> None:
    assert as_column(type_, text) == expected
