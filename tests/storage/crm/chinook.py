"""Chinook, the public sample database of a music shop, rebuilt from its documented structure with invented rows."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _named(table: str) -> sa.Table:
    return sa.Table(table, metadata, _key(f"{table}Id"), sa.Column("Name", sa.String(120)))


def _place(prefix: str = "") -> list[sa.Column[Any]]:
    lengths = {"Address": 70, "City": 40, "State": 40, "Country": 40, "PostalCode": 10}
    return [sa.Column(prefix + name, sa.String(length)) for name, length in lengths.items()]


artist = _named("Artist")
genre = _named("Genre")
media_type = _named("MediaType")
playlist = _named("Playlist")
album = sa.Table(
    "Album",
    metadata,
    _key("AlbumId"),
    sa.Column("Title", sa.String(160), nullable=False),
    sa.Column("ArtistId", sa.ForeignKey("Artist.ArtistId"), nullable=False, index=True),
)
employee = sa.Table(
    "Employee",
    metadata,
    _key("EmployeeId"),
    sa.Column("LastName", sa.String(20), nullable=False),
    sa.Column("FirstName", sa.String(20), nullable=False),
    sa.Column("Title", sa.String(30)),
    sa.Column("ReportsTo", sa.ForeignKey("Employee.EmployeeId"), index=True),
    sa.Column("BirthDate", sa.DateTime),
    sa.Column("HireDate", sa.DateTime),
    *_place(),
    sa.Column("Phone", sa.String(24)),
    sa.Column("Fax", sa.String(24)),
    sa.Column("Email", sa.String(60)),
)
customer = sa.Table(
    "Customer",
    metadata,
    _key("CustomerId"),
    sa.Column("FirstName", sa.String(40), nullable=False),
    sa.Column("LastName", sa.String(20), nullable=False),
    sa.Column("Company", sa.String(80)),
    *_place(),
    sa.Column("Phone", sa.String(24)),
    sa.Column("Fax", sa.String(24)),
    sa.Column("Email", sa.String(60), nullable=False),
    sa.Column("SupportRepId", sa.ForeignKey("Employee.EmployeeId"), index=True),
)
invoice = sa.Table(
    "Invoice",
    metadata,
    _key("InvoiceId"),
    sa.Column("CustomerId", sa.ForeignKey("Customer.CustomerId"), nullable=False, index=True),
    sa.Column("InvoiceDate", sa.DateTime, nullable=False),
    *_place("Billing"),
    sa.Column("Total", sa.Numeric(10, 2), nullable=False),
)
track = sa.Table(
    "Track",
    metadata,
    _key("TrackId"),
    sa.Column("Name", sa.String(200), nullable=False),
    sa.Column("AlbumId", sa.ForeignKey("Album.AlbumId"), index=True),
    sa.Column("MediaTypeId", sa.ForeignKey("MediaType.MediaTypeId"), nullable=False, index=True),
    sa.Column("GenreId", sa.ForeignKey("Genre.GenreId"), index=True),
    sa.Column("Composer", sa.String(220)),
    sa.Column("Milliseconds", sa.Integer, nullable=False),
    sa.Column("Bytes", sa.Integer),
    sa.Column("UnitPrice", sa.Numeric(10, 2), nullable=False),
)
invoice_line = sa.Table(
    "InvoiceLine",
    metadata,
    _key("InvoiceLineId"),
    sa.Column("InvoiceId", sa.ForeignKey("Invoice.InvoiceId"), nullable=False, index=True),
    sa.Column("TrackId", sa.ForeignKey("Track.TrackId"), nullable=False, index=True),
    sa.Column("UnitPrice", sa.Numeric(10, 2), nullable=False),
    sa.Column("Quantity", sa.Integer, nullable=False),
)
playlist_track = sa.Table(
    "PlaylistTrack",
    metadata,
    sa.Column("PlaylistId", sa.ForeignKey("Playlist.PlaylistId"), primary_key=True),
    sa.Column("TrackId", sa.ForeignKey("Track.TrackId"), primary_key=True, index=True),
)

PRICE = Decimal("0.99")
# Lena wrote, Helena has an address that contains hers, and the other Lena has her name.
CUSTOMERS = [
    (1, "Lena", "Brandt", "Lindenweg 3", "Leipzig", "04109", "lena@music.example", "+49 341 5550101"),
    (2, "Helena", "Brandt", "Lindenweg 3", "Leipzig", "04109", "helena@music.example", "+49 341 5550102"),
    (3, "Lena", "Brandt", "Am Markt 9", "Berlin", "10115", "lena.brandt@post.example", "+49 30 5550103"),
]


def build(engine: sa.Engine) -> None:
    """Fill an empty database."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        for table, rows in _rows().items():
            connection.execute(sa.insert(metadata.tables[table]), rows)


def _rows() -> dict[str, list[dict[str, Any]]]:
    place = {"Address": "Hafenstr. 1", "City": "Hamburg", "State": None, "Country": "Germany", "PostalCode": "20457"}
    contact = {"Phone": "+49 40 5550100", "Fax": None, "Email": "nora@shop.example"}
    boss = {"LastName": "Olsen", "FirstName": "Nora", "Title": "Manager", "BirthDate": None, "HireDate": None}
    helper = {**boss, "FirstName": "Ove", "Title": "Agent", "Email": "ove@shop.example"}
    return {
        "Artist": [{"ArtistId": 1, "Name": "The Example Band"}],
        "Genre": [{"GenreId": 1, "Name": "Rock"}],
        "MediaType": [{"MediaTypeId": 1, "Name": "Audio file"}],
        "Playlist": [{"PlaylistId": 1, "Name": "Music"}],
        "Album": [{"AlbumId": 1, "Title": "First", "ArtistId": 1}],
        "Employee": [
            {"EmployeeId": 1, "ReportsTo": None, **boss, **place, **contact},
            {"EmployeeId": 2, "ReportsTo": 1, **place, **contact, **helper},
        ],
        "Customer": [_customer(row) for row in CUSTOMERS],
        "Invoice": [_invoice(number, 1 + number % 3) for number in range(12)],
        "Track": [
            {
                "TrackId": number,
                "Name": f"Song {number}",
                "AlbumId": 1,
                "MediaTypeId": 1,
                "GenreId": 1,
                "Composer": None,
                "Milliseconds": 200_000 + number,
                "Bytes": 5_000_000,
                "UnitPrice": PRICE,
            }
            for number in range(5)
        ],
        "InvoiceLine": [
            {
                "InvoiceLineId": number,
                "InvoiceId": number % 12,
                "TrackId": number % 5,
                "UnitPrice": PRICE,
                "Quantity": 1,
            }
            for number in range(36)
        ],
        "PlaylistTrack": [{"PlaylistId": 1, "TrackId": number} for number in range(5)],
    }


def _customer(row: tuple[Any, ...]) -> dict[str, Any]:
    key, first, last, street, city, code, email, phone = row
    return {
        "CustomerId": key,
        "FirstName": first,
        "LastName": last,
        "Company": None,
        "Address": street,
        "City": city,
        "State": None,
        "Country": "Germany",
        "PostalCode": code,
        "Phone": phone,
        "Fax": None,
        "Email": email,
        "SupportRepId": 2,
    }


def _invoice(number: int, customer: int) -> dict[str, Any]:
    *_, street, city, code, _, _ = CUSTOMERS[customer - 1]
    return {
        "InvoiceId": number,
        "CustomerId": customer,
        # Twelve years apart: the older half need not be kept any longer.
        "InvoiceDate": datetime(2012 if number < 6 else 2025, 3, 1 + number),  # noqa: DTZ001 - as the schema has it
        "BillingAddress": street,
        "BillingCity": city,
        "BillingState": None,
        "BillingCountry": "Germany",
        "BillingPostalCode": code,
        "Total": 3 * PRICE,
    }
