"""Mails as values: the samples, what arrives broken, and when two deliveries are one mail."""

import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.mail import Mail, fingerprint
from handlers.mailheaders import addresses, normalise_address
from handlers.screen import screen
from handlers.trust import grade

MAILS = Path(__file__).parent / "mails"
NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


def read(raw: bytes) -> Mail:
    return Mail.from_bytes(raw, arrived_at=NOW)


def sample(name: str) -> Mail:
    return read((MAILS / f"{name}.eml").read_bytes())


def expected(name: str) -> dict[str, Any]:
    return tomllib.loads((MAILS / f"{name}.toml").read_text())


def plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else "" if value is None else value


SAMPLES = sorted(path.stem for path in MAILS.glob("*.eml"))


def test_every_sample_stands_in_a_pair() -> None:
    assert sorted(path.stem for path in MAILS.glob("*.toml")) == SAMPLES
    assert all(expected(name)["why"] for name in SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_read_as_expected(name: str) -> None:
    mail, wanted = sample(name), expected(name)
    fields = wanted.get("mail", {})
    assert {key: plain(getattr(mail, key)) for key in fields} == fields
    assert (asdict(mail.bounce) if mail.bounce else None) == wanted.get("bounce")
    assert [asdict(one) for one in mail.attachments] == wanted.get("attachments", [])


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_screened_and_graded_as_expected(name: str) -> None:
    mail, wanted = sample(name), expected(name)
    screened = screen(
        mail,
        own_addresses=frozenset({"privacy@company.example"}),
        own_message_id_domains=frozenset({"letters.company.example"}),
        max_bytes=1_000_000,
    )
    trust = grade(mail, authserv_id="mx.company.example")
    assert (screened.verdict, screened.reason, trust) == (wanted["verdict"], wanted.get("reason"), wanted["trust"])


def test_an_empty_mail_is_a_mail() -> None:
    assert read(b"") == Mail(
        message_id="",
        in_reply_to="",
        references=(),
        from_address="",
        from_name="",
        reply_to="",
        recipients=(),
        subject="",
        sent_at=None,
        arrived_at=NOW,
        text="",
        attachments=(),
        markers=read(b"X: y\n\n").markers,
        bounce=None,
        authentication_results=(),
        size=0,
        defects=("no_sender", "no_message_id", "no_date", "no_text"),
    )


def test_markers_are_read_from_the_headers() -> None:
    markers = read(
        b"Return-Path: <>\r\nAuto-Submitted: Auto-Generated; owner=x\r\nPrecedence: Bulk\r\nX-Autorespond: yes\r\n"
        b"List-Id: Offers <Offers.Shop.example>\r\nList-Unsubscribe: <mailto:a@b.example>\r\n"
        b"X-Rightsdesk-Loop: x\r\nX-Spam-Flag: YES\r\n\r\n"
    ).markers
    assert asdict(markers) == {
        "auto_submitted": "auto-generated",
        "precedence": "bulk",
        "auto_reply": True,
        "list_id": "offers.shop.example",
        "list_unsubscribe": True,
        "null_return_path": True,
        "loop": True,
        "spam": True,
    }


def test_the_size_of_a_truncated_mail_is_its_true_size() -> None:
    raw = b"From: anna@customer.example\r\nSubject: big\r\n\r\n"
    assert Mail.from_bytes(raw, arrived_at=NOW, size=30_000_000).size == 30_000_000


def test_a_subject_stays_on_one_line_whatever_is_encoded_in_it() -> None:
    raw = b"Subject: =?utf-8?q?one=0D=0ABcc=3A_eve=40evil=2Eexample=E2=80=AE=00_two?=\r\n\r\n"
    assert read(raw).subject == "one Bcc: eve@evil.example two"


def test_parts_within_parts_without_end_are_not_followed() -> None:
    # A thousand nested parts exceed what Python's parser can follow by recursion.
    head = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(2000))
    mail = read(b"From: eve@evil.example\r\nSubject: deep\r\nMIME-Version: 1.0\r\n" + head + b"\r\nhello")
    assert mail.subject == "deep"
    assert "too_deep" in mail.defects


def test_an_alternative_that_is_blank_gives_way_to_the_next() -> None:
    raw = (
        b'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\n  \n'
        b"--b\nContent-Type: text/html\n\n<p>Delete my data</p>\n--b--\n"
    )
    assert read(raw).text == "Delete my data"


def test_html_that_is_none_is_read_all_the_same() -> None:
    source = b"<style>x</style><!-- a --><![if x]><p>Delete <b my &amp; data</p><![x[ 1 < 2 <!-- open"
    assert read(b"Content-Type: text/html\n\n" + source).text == "Delete <b my & data\n\n<![x[ 1 < 2 <!-- open"


def test_a_charset_given_in_the_long_form_of_rfc_2231_is_no_stumbling_block() -> None:
    # Message.get_payload hands the parsed triple to bytes.decode as soon as the body is not ASCII.
    raw = b"Content-Type: text/plain; charset*=utf-8'en'utf-8\n\nL\xc3\xb6schen"
    assert read(raw).text == "Löschen"


def test_a_name_that_is_nested_without_end_is_not_followed() -> None:
    # email.utils.parseaddr goes into comments by recursion.
    assert read(b"From: " + b"(" * 10_000 + b" <anna@customer.example>\n\n").from_address == ""


def test_a_name_may_be_quoted_or_a_comment() -> None:
    assert read(b'From: "Anna \\"A.\\" M" <anna@customer.example>\n\n').from_name == 'Anna "A." M'
    assert read(b"From: anna@customer.example (Anna M)\n\n").from_name == "Anna M"


def test_a_text_beyond_all_measure_is_cut() -> None:
    mail = read(b"Content-Type: text/plain\n\n" + b"word " * 100_000)
    assert len(mail.text) == 200_000
    assert "text_cut" in mail.defects


def test_a_codec_that_is_none_for_mail_is_not_used() -> None:
    # Python decodes "idna" in quadratic time and takes unicode_escape for text.
    for charset in (b"idna", b"punycode", b"unicode_escape", b"hex", b"a\x00b"):
        mail = read(b"Content-Type: text/plain; charset=" + charset + b"\n\nDelete \\x41 my data")
        assert mail.text == "Delete \\x41 my data"


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("anna@customer.example", ("anna@customer.example",)),
        ("Müller, Anna <Anna@Customer.example>", ("anna@customer.example",)),
        ('"a@b.example" <anna@customer.example>', ("anna@customer.example",)),
        ("anna@customer.example (home (new))", ("anna@customer.example",)),
        ("Team: anna@customer.example, bob@customer.example;", ("anna@customer.example", "bob@customer.example")),
        ("anna@xn--mller-kva.example", ("anna@müller.example",)),
        ("anna@Müller.EXAMPLE.", ("anna@müller.example",)),
        ("undisclosed-recipients:;", ()),
    ],
)
def test_addresses_are_read_and_normalised(raw: str, wanted: tuple[str, ...]) -> None:
    assert addresses(raw) == (wanted, True)


@pytest.mark.parametrize(
    "raw", ["anna@customer.example@evil.example", "<anna@customer.example", "a b@customer.example", "<>@x <y@>"]
)
def test_an_address_that_two_readers_may_read_differently_is_unreadable(raw: str) -> None:
    assert addresses(raw) == ((), False)


def test_a_letter_that_lowers_to_another_does_not_make_somebody_elses_address() -> None:
    # lower() and NFC make a plain "k" of the Kelvin sign, and the stranger's address would be Mike's.
    assert normalise_address("mi\N{KELVIN SIGN}e@customer.example") != "mike@customer.example"
    assert normalise_address("MIKE@customer.example") == "mike@customer.example"


ORIGINAL = b"From: a@x.example\r\nDate: d\r\nSubject: s\r\nMessage-ID: <1@x.example>\r\n\r\nDelete my data\r\n"


@pytest.mark.parametrize(
    "again",
    [
        b"Received: by mx2\r\nDelivered-To: second@company.example\r\n" + ORIGINAL,
        ORIGINAL.replace(b"\r\n", b"\n"),
        ORIGINAL.replace(b"Subject: s", b"subject:  s"),
        ORIGINAL + b"\r\n",
    ],
)
def test_one_mail_delivered_by_two_ways_has_one_fingerprint(again: bytes) -> None:
    assert fingerprint(again) == fingerprint(ORIGINAL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Delete my data", b"Delete my date"),
        (b"Subject: s", b"Subject: t"),
        (b"a@x.example", b"b@x.example"),
        (b"Date: d", b"Date: e"),
        (b"<1@x", b"<2@x"),
        (b"Subject: s\r\n", b""),
    ],
)
def test_another_mail_has_another_fingerprint_even_under_the_same_message_id(old: bytes, new: bytes) -> None:
    assert fingerprint(ORIGINAL.replace(old, new)) != fingerprint(ORIGINAL)


PIECES = st.sampled_from(
    [path.read_bytes() for path in sorted(MAILS.glob("*.eml"))]
    + [b"Content-Type: ", b"multipart/mixed; boundary=", b"message/rfc822", b"text/html; charset*=", b"filename*0*=%%'"]
    + [
        b"\r\n",
        b"\n\n",
        b"\r",
        b"\x00",
        b"=?utf-8?b?",
        b"?=",
        b"--b\n",
        b"From: ",
        b"<",
        b"@",
        b'"',
        b"(",
        b"<![",
        b"&#",
    ]
    + [b"Authentication-Results: mx.company.example; ", b"dkim=pass header.d=", b"(" * 2000]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=12))
def test_no_bytes_whatsoever_make_it_raise(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    mail = read(raw)
    screen(mail, own_addresses=frozenset(), own_message_id_domains=frozenset(), max_bytes=1000)
    grade(mail, authserv_id="mx.company.example")
    fingerprint(raw)
    lines = (mail.subject, mail.from_name, mail.from_address, mail.message_id, *mail.references, *mail.recipients)
    assert not any(character in line for line in lines for character in "\r\n\x00")
    "".join((mail.text, *lines, *(one.name for one in mail.attachments))).encode()
    assert "\x00" not in mail.text


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/html\r\n\r\n<" + b"a" * 400_000,
        b"Content-Type: text/html\r\n\r\n" + b"<!---->" * 100_000,
        b"Content-Type: text/plain" + b";a" * 200_000 + b"\r\n\r\nhello",
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"--x\r\n\r\na\r\n" * 200_000,
    ],
    ids=["unfinished tag", "comments", "parameters", "parts"],
)
def test_mail_made_to_take_for_ever_is_read_at_once(raw: bytes) -> None:
    # No clock is looked at: in quadratic time these would outlast the whole test run.
    assert Mail.from_bytes(b"From: anna@customer.example\r\n" + raw, arrived_at=NOW).from_address


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "a\x00b"])
def test_a_file_name_in_an_impossible_charset_stops_nothing(charset: str) -> None:
    raw = f"From: anna@customer.example\r\nContent-Type: text/plain; name*={charset}''x\r\n\r\nhello".encode()
    assert Mail.from_bytes(raw, arrived_at=NOW).from_address == "anna@customer.example"


def test_two_texts_without_any_header_are_two_mails() -> None:
    assert fingerprint(b"Please delete my data, Ann") != fingerprint(b"A totally different text.")
