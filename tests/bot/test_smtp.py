"""Mail out, against SMTP servers that refuse, hang up and show wrong certificates."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.demo.mailserver import DemoMailServer
from bot.smtp import DeliveryFailed, SmtpSettings, SmtpTransport, to_wire
from tests.mailservers import HOST, Certificate, StubbornSmtp, free_port, make_certificate

SENDER = "privacy@company.example"
ANNA = "anna@customer.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def letter(*, to: str = ANNA, number: int = 1) -> EmailMessage:
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = to
    message["Subject"] = "Ihre Anfrage R-7KQ4M ist bei uns – größer als gedacht"
    message["Message-ID"] = f"<{number}@letters.company.example>"
    message.set_content("Guten Tag,\n\nwir haben Ihre Anfrage erhalten.\n")
    return message


def settings(server: StubbornSmtp, **changes: object) -> SmtpSettings:
    return SmtpSettings(**{"host": HOST, "port": server.port, "tls": "none", "timeout": 5.0, **changes})


async def failure(transport: SmtpTransport, *, to: str = ANNA) -> tuple[int, bool]:
    with pytest.raises(DeliveryFailed) as failed:
        await transport.send(letter(to=to), sender=SENDER, recipient=to)
    assert to not in str(failed.value)
    assert "customer" not in str(failed.value)
    return failed.value.code, failed.value.permanent


async def test_letters_of_one_flush_share_a_connection() -> None:
    async with StubbornSmtp().running() as server:
        transport = SmtpTransport(settings(server))
        for number in range(3):
            await transport.send(letter(number=number), sender=SENDER, recipient=ANNA)
        await transport.close()
        assert len(server.sessions) == 1
        assert [(one.mail_from, one.rcpt_tos) for one in server.taken] == [(SENDER, [ANNA])] * 3


async def test_the_letter_arrives_as_it_was_written() -> None:
    async with DemoMailServer() as server:
        credentials = {"user": SENDER, "password": server.password}
        transport = SmtpTransport(SmtpSettings(host=HOST, port=server.smtp_port, tls="none", **credentials))
        await transport.send(letter(), sender=SENDER, recipient=ANNA)
        await transport.close()
        [raw] = await server.messages(ANNA)
        assert b"Message-ID: <1@letters.company.example>" in raw
        assert "wir haben Ihre Anfrage erhalten" in raw.decode()


async def test_a_refused_recipient_tells_its_code() -> None:
    async with StubbornSmtp(rcpt="550 5.1.1 anna@customer.example unknown").running() as server:
        assert await failure(SmtpTransport(settings(server))) == (550, True)


async def test_a_full_mailbox_is_temporary() -> None:
    async with StubbornSmtp(rcpt="450 4.2.2 try later").running() as server:
        assert await failure(SmtpTransport(settings(server))) == (450, False)


async def test_a_refused_text_is_permanent_and_a_deferred_one_is_not() -> None:
    async with StubbornSmtp(data="554 5.7.1 no").running() as server:
        transport = SmtpTransport(settings(server))
        assert await failure(transport) == (554, True)
        server.data = "451 4.3.0 busy"
        assert await failure(transport) == (451, False)
        assert len(server.sessions) == 1


async def test_a_refused_sender_tells_its_code() -> None:
    async with StubbornSmtp(mail="553 5.7.1 not you").running() as server:
        assert await failure(SmtpTransport(settings(server))) == (553, False)


async def test_a_drop_after_data_is_temporary_and_the_letter_goes_again_under_its_id() -> None:
    async with StubbornSmtp(data="").running() as server:
        transport = SmtpTransport(settings(server))
        assert await failure(transport) == (0, False)
        server.data = "250 OK"
        await transport.send(letter(), sender=SENDER, recipient=ANNA)
        await transport.close()
        ids = [line for one in server.taken for line in one.content.splitlines() if line.startswith(b"Message-ID")]
        assert ids == [b"Message-ID: <1@letters.company.example>"] * 2


async def test_a_connection_that_the_server_dropped_between_letters_is_opened_again() -> None:
    async with StubbornSmtp().running() as server:
        transport = SmtpTransport(settings(server))
        await transport.send(letter(), sender=SENDER, recipient=ANNA)
        server.cut()
        await transport.send(letter(number=2), sender=SENDER, recipient=ANNA)
        await transport.close()
        assert len(server.taken) == 2


async def test_an_idle_connection_is_closed() -> None:
    async with StubbornSmtp().running() as server:
        transport = SmtpTransport(settings(server), idle_seconds=0.01)
        await transport.send(letter(), sender=SENDER, recipient=ANNA)
        await server.hung_up.wait()


async def test_a_server_that_is_not_there_is_a_temporary_failure() -> None:
    transport = SmtpTransport(SmtpSettings(host=HOST, port=free_port(), tls="none"))
    assert await failure(transport) == (0, False)


async def test_a_refused_login_is_temporary_for_the_letter() -> None:
    async with StubbornSmtp(password="right").running() as server:
        assert await failure(SmtpTransport(settings(server, user=SENDER, password="wrong"))) == (535, False)


async def test_a_mistyped_ca_file_is_temporary_for_the_letter() -> None:
    transport = SmtpTransport(SmtpSettings(host=HOST, port=free_port(), ca_file="/nowhere/ca.pem"))
    assert await failure(transport) == (0, False)


async def test_tls_with_a_known_certificate(certificate: Certificate) -> None:
    async with StubbornSmtp().running(implicit=certificate) as server:
        transport = SmtpTransport(settings(server, tls="implicit", ca_file=certificate.ca_file))
        await transport.send(letter(), sender=SENDER, recipient=ANNA)
        await transport.close()
        assert len(server.taken) == 1


async def test_starttls_with_a_known_certificate(certificate: Certificate) -> None:
    async with StubbornSmtp().running(starttls=certificate) as server:
        transport = SmtpTransport(settings(server, tls="starttls", ca_file=certificate.ca_file))
        await transport.send(letter(), sender=SENDER, recipient=ANNA)
        await transport.close()
        assert len(server.taken) == 1


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_certificate_of_an_unknown_authority_stops_the_letter(
    certificate: Certificate, tmp_path: Path, tls: str
) -> None:
    stranger = make_certificate(tmp_path)
    async with StubbornSmtp().running(**{tls: certificate}) as server:
        assert await failure(SmtpTransport(settings(server, tls=tls, ca_file=stranger.ca_file))) == (0, False)
        assert server.taken == []


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_certificate_for_another_host_stops_the_letter(tmp_path: Path, tls: str) -> None:
    other = make_certificate(tmp_path, address="192.0.2.1")
    async with StubbornSmtp().running(**{tls: other}) as server:
        assert await failure(SmtpTransport(settings(server, tls=tls, ca_file=other.ca_file))) == (0, False)
        assert server.taken == []


async def test_starttls_never_falls_back_to_clear_text() -> None:
    async with StubbornSmtp().running() as server:
        assert await failure(SmtpTransport(settings(server, tls="starttls"))) == (0, False)
        assert server.taken == []


async def test_an_international_domain_goes_in_ascii_and_the_letter_is_left_as_it_is() -> None:
    async with StubbornSmtp(offers_utf8=False).running() as server:
        transport = SmtpTransport(settings(server))
        message = letter(to="Änne <anna@müller.example>")
        await transport.send(message, sender=SENDER, recipient="anna@müller.example")
        await transport.close()
        [taken] = server.taken
        assert taken.rcpt_tos == ["anna@xn--mller-kva.example"]
        assert b"<anna@xn--mller-kva.example>" in taken.content
        assert message["To"] == "Änne <anna@müller.example>"


async def test_an_international_local_part_goes_by_smtputf8() -> None:
    async with StubbornSmtp().running() as server:
        transport = SmtpTransport(settings(server))
        await transport.send(letter(to="jörg@müller.example"), sender=SENDER, recipient="jörg@müller.example")
        await transport.close()
        [taken] = server.taken
        assert taken.rcpt_tos == ["jörg@xn--mller-kva.example"]
        assert "To: jörg@xn--mller-kva.example" in taken.content.decode()


async def test_an_international_local_part_fails_for_good_where_the_server_takes_none() -> None:
    async with StubbornSmtp(offers_utf8=False).running() as server:
        assert await failure(SmtpTransport(settings(server)), to="jörg@customer.example") == (0, True)


@pytest.mark.parametrize("address", ["anna@customer.example>\r\nRCPT TO:<eve@evil.example", "anna@a..müller.example"])
async def test_what_is_no_address_fails_for_good(address: str) -> None:
    async with StubbornSmtp().running() as server:
        transport = SmtpTransport(settings(server))
        with pytest.raises(DeliveryFailed) as failed:
            await transport.send(letter(), sender=SENDER, recipient=address)
        assert (failed.value.code, failed.value.permanent) == (0, True)
        assert server.taken == []


def test_to_wire_keeps_the_sharp_s_that_makes_another_domain() -> None:
    # IDNA 2003, which Python's own codec still follows, makes "ss" of it: another owner's domain.
    assert to_wire("anna@faß.example") == "anna@xn--fa-hia.example"


def test_the_password_is_not_printed() -> None:
    assert "secret" not in repr(SmtpSettings(host=HOST, port=25, user="u", password="secret"))
