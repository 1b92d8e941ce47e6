"""Trust: only our own server's word, only the topmost, only for the sender's domain."""

from datetime import UTC, datetime

import pytest

from handlers.mail import Mail
from handlers.trust import Trust, grade

OURS = "mx.company.example"


def trust(*results: str, sender: str = "anna@customer.example", authserv_id: str = OURS) -> Trust:
    headers = "".join(f"Authentication-Results: {result}\r\n" for result in results)
    raw = f"{headers}From: {sender}\r\nSubject: x\r\n\r\nPlease send me my data.\r\n"
    return grade(Mail.from_bytes(raw.encode(), arrived_at=datetime(2026, 11, 2, tzinfo=UTC)), authserv_id=authserv_id)


@pytest.mark.parametrize(
    ("result", "wanted"),
    [
        ("dmarc=pass header.from=customer.example", Trust.ALIGNED),
        ("dmarc=pass (p=REJECT sp=NONE dis=NONE) header.from=Customer.Example", Trust.ALIGNED),
        ("dmarc=pass action=none header.from=customer.example;compauth=pass reason=100", Trust.ALIGNED),
        ("dmarc=pass header.from=evil.example", Trust.UNVERIFIED),
        ("dmarc=pass", Trust.UNVERIFIED),
        ("dmarc=fail header.from=customer.example", Trust.FAILED),
        ("dmarc=fail header.from=customer.example; dkim=pass header.d=customer.example", Trust.FAILED),
        ("dmarc=fail; dmarc=pass header.from=customer.example", Trust.FAILED),
        ("dmarc=none header.from=customer.example; dkim=pass header.d=customer.example", Trust.ALIGNED),
        ("dkim=pass header.i=@customer.example header.s=k1", Trust.ALIGNED),
        ("dkim=pass header.d=evil.example; dkim=pass header.d=customer.example", Trust.ALIGNED),
        ("dkim=fail header.d=customer.example", Trust.UNVERIFIED),
        ("dkim=pass header.d=evil.example", Trust.UNVERIFIED),
        # eu.org lets anybody have a name below it, so a parent or child of the domain proves nothing by itself.
        ("dkim=pass header.d=example", Trust.UNVERIFIED),
        ("dkim=pass header.d=sub.customer.example", Trust.UNVERIFIED),
        ("spf=pass smtp.mailfrom=bounce@customer.example", Trust.ALIGNED),
        ("spf=pass (domain of customer.example designates 192.0.2.1) smtp.mailfrom=customer.example", Trust.ALIGNED),
        ("spf=pass smtp.helo=customer.example", Trust.UNVERIFIED),
        ("spf=softfail smtp.mailfrom=anna@customer.example", Trust.UNVERIFIED),
        ("auth=pass smtp.auth=anna@customer.example", Trust.UNVERIFIED),
        ("none", Trust.UNVERIFIED),
        ("dkim=pass (unclosed header.d=customer.example", Trust.UNVERIFIED),
        ("dkim=pass " + "(" * 5000 + " header.d=customer.example", Trust.UNVERIFIED),
        ('dkim=pass reason="' + "x" * 9000 + '" header.d=customer.example', Trust.UNVERIFIED),
    ],
)
def test_our_servers_word_decides(result: str, wanted: Trust) -> None:
    assert trust(f"{OURS}; {result}") == wanted


PASS = "dmarc=pass header.from=customer.example"


def test_a_header_below_the_topmost_does_not_count() -> None:
    assert trust(f"{OURS}; dmarc=none header.from=customer.example", f"{OURS}; {PASS}") == Trust.UNVERIFIED
    assert trust(f"mx.other.example; {PASS}", f"{OURS}; {PASS}") == Trust.UNVERIFIED


@pytest.mark.parametrize("name", ["mx.evil.example", "evil.mx.company.example", "mx.company.example.evil.example"])
def test_another_servers_word_does_not_count(name: str) -> None:
    assert trust(f"{name}; {PASS}") == Trust.UNVERIFIED


def test_the_servers_name_is_compared_without_regard_to_case() -> None:
    assert trust(f"MX.Company.Example 1; {PASS}", authserv_id=" mx.company.EXAMPLE") == Trust.ALIGNED


def test_without_a_name_for_our_server_nothing_counts() -> None:
    assert trust(f"{OURS}; {PASS}", authserv_id="") == Trust.UNVERIFIED
    assert trust(f"; {PASS}", authserv_id="") == Trust.UNVERIFIED


def test_without_a_header_nothing_is_known() -> None:
    assert trust() == Trust.UNVERIFIED


def test_a_mail_of_several_senders_is_nobodys() -> None:
    assert trust(f"{OURS}; {PASS}", sender="anna@customer.example, eve@evil.example") == Trust.UNVERIFIED


def test_an_international_domain_is_the_same_in_both_its_spellings() -> None:
    result = f"{OURS}; dmarc=pass header.from=xn--mller-kva.example"
    assert trust(result, sender="anna@müller.example") == Trust.ALIGNED
