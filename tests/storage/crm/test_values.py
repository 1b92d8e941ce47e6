from datetime import date

import pytest
import sqlalchemy as sa

from storage.crm.datamap import Validator
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
    found = split(Validator.ADDRESS, ADDRESS, text)

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
    assert split(Validator.NAME, ("first_name", "last_name"), text) == expected


@pytest.mark.parametrize(
    ("validator", "text", "expected"),
    [
        (Validator.TEXT, " Example Interiors Ltd. ", {"": "Example Interiors Ltd."}),
        (Validator.EMAIL, "z.mala@school.example", {"": "z.mala@school.example"}),
        (Validator.EMAIL, "z.mala at school.example", None),
        (Validator.EMAIL, "a@b.example c@d.example", None),
        (Validator.EMAIL, "localhost", None),
        (Validator.EMAIL, "a" * 10_000 + "@school.example", None),
        (Validator.PHONE, "030 1234567", {"": "+49 30 1234567"}),
        (Validator.PHONE, "+48 22 123 45 67", {"": "+48 22 123 45 67"}),
        (Validator.PHONE, "12", None),
        (Validator.PHONE, "call me", None),
        (Validator.IBAN, "DE89 3704 0044 0532 0130 00", {"": "DE89370400440532013000"}),
        (Validator.IBAN, "DE89 3704 0044 0532 0130 01", None),  # its check digits are others
        (Validator.IBAN, "0532013000", None),
        (Validator.POSTCODE, "10115", {"": "10115"}),
        (Validator.POSTCODE, "d-10115", {"": "D-10115"}),
        (Validator.POSTCODE, "CA11 0ZZ", None),
    ],
)
def test_split_takes_a_whole_value(validator: Validator, text: str, expected: dict[str, str] | None) -> None:
    assert split(validator, ("",), text, country="DE") == expected


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


@pytest.mark.parametrize(("country", "fits"), [("DE", True), ("de", True), ("", True), ("GB", False), ("XX", True)])
def test_split_takes_no_postcode_of_another_country_than_the_one_on_file(country: str, fits: bool) -> None:
    assert (split(Validator.ADDRESS, ADDRESS, "Lindenweg 12, 10115 Berlin", country=country) is not None) is fits
