"""Real mail servers on loopback for the tests: certificates of our own, Dovecot, and SMTP servers that misbehave."""

import asyncio
import datetime
import grp
import ipaddress
import os
import pwd
import shutil
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "127.0.0.1"
DOVECOT = "/usr/sbin/dovecot"
INBOX = "privacy@company.example"
PASSWORD = 'pass "word" \\1'


def mail(subject: str, *, sender: str = "anna@customer.example", body: str = "Please send me my data.") -> bytes:
    """Return a plain mail with a Message-ID made of its subject."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = INBOX
    message["Subject"] = subject
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@customer.example>"
    message["Date"] = "Mon, 02 Nov 2026 09:30:00 +0100"
    message.set_content(body)
    return message.as_bytes().replace(b"\n", b"\r\n")


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Certificate:
    """Files of a server certificate and of the authority that signed it."""

    ca_file: str
    cert_file: str
    key_file: str

    def server_context(self) -> ssl.SSLContext:
        """Return a context for a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert_file, self.key_file)
        return context


def make_certificate(folder: Path, *, address: str = HOST) -> Certificate:
    """Make an authority and a certificate for an IP address, good for an hour."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Rightsdesk test authority")
    ca = (
        _certificate(ca_name, issuer=ca_name, key=ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    cert = (
        _certificate(_name(address), issuer=ca_name, key=key)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    files = Certificate(*(str(folder / name) for name in ("ca.pem", "cert.pem", "key.pem")))
    pem = serialization.Encoding.PEM
    Path(files.ca_file).write_bytes(ca.public_bytes(pem))
    Path(files.cert_file).write_bytes(cert.public_bytes(pem))
    plain = serialization.NoEncryption()
    Path(files.key_file).write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return files


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(subject: x509.Name, *, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
    )


def require_dovecot() -> None:
    """Skip the test if Dovecot is missing; in CI fail, so that nobody loses these tests unseen."""
    if Path(DOVECOT).exists():
        return
    reason = "dovecot is not installed (apt-get install dovecot-imapd)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Dovecot:
    """A running Dovecot with one account, spoken to over implicit TLS."""

    port: int
    certificate: Certificate
    maildir: Path
    host: str = HOST
    user: str = INBOX
    password: str = PASSWORD

    def deliver(self, raw: bytes, *, name: str) -> None:
        """Put a mail into the inbox as a delivery agent does: complete first, then moved in."""
        new = self.maildir / "new" / name
        part = self.maildir / "tmp" / name
        part.write_bytes(raw)
        _give_to_mail_user(part)
        part.rename(new)

    def folder(self, name: str) -> list[bytes]:
        """Return the mails in a folder by their file names; "" is the inbox."""
        root = self.maildir / f".{name}" if name else self.maildir
        return [path.read_bytes() for part in ("cur", "new") for path in sorted((root / part).glob("*"))]


_DOVECOT_CONFIG = """
base_dir = {root}/run
state_dir = {root}/run
log_path = /dev/stderr
protocols = imap
listen = {server.host}
ssl = required
ssl_cert = <{server.certificate.cert_file}
ssl_key = <{server.certificate.key_file}
mail_location = maildir:{server.maildir}
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
{capability}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {server.port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={server.maildir}
}}
"""


@asynccontextmanager
async def running_dovecot(certificate: Certificate, *, capabilities: str = "") -> AsyncIterator[Dovecot]:
    """Run Dovecot in a folder of its own; `capabilities` replaces the list of those it says it has."""
    # pytest's own folders are closed to the user that Dovecot's mail processes run as.
    root = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        server = Dovecot(port=free_port(), certificate=certificate, maildir=root / "mail")
        config = _prepare_dovecot(root, server, capabilities=capabilities)
        process = await asyncio.create_subprocess_exec(DOVECOT, "-F", "-c", str(config), stderr=asyncio.subprocess.PIPE)
        assert process.stderr is not None
        try:
            first = await process.stderr.readline()
            assert b"starting up" in first, first
            async with _drained(process.stderr):
                yield server
        finally:
            process.terminate()
            await process.wait()
    finally:
        shutil.rmtree(root)


def _prepare_dovecot(root: Path, server: Dovecot, *, capabilities: str) -> Path:
    root.chmod(0o755)
    (root / "run").mkdir()
    for part in ("", "cur", "new", "tmp"):
        (server.maildir / part).mkdir()
        _give_to_mail_user(server.maildir / part)
    (root / "users").write_text(f"{server.user}:{{PLAIN}}{server.password}\n")
    me, as_root = pwd.getpwuid(os.geteuid()), os.geteuid() == 0
    config = root / "dovecot.conf"
    config.write_text(
        _DOVECOT_CONFIG.format(
            root=root,
            server=server,
            internal="dovecot" if as_root else me.pw_name,
            internal_group="dovecot" if as_root else grp.getgrgid(me.pw_gid).gr_name,
            login="dovenull" if as_root else me.pw_name,
            owner=_mail_user().pw_uid,
            group=_mail_user().pw_gid,
            capability=f"imap_capability = {capabilities}" if capabilities else "",
        )
    )
    return config


def _mail_user() -> pwd.struct_passwd:
    # Dovecot refuses to read mail as root.
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _give_to_mail_user(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, _mail_user().pw_uid, _mail_user().pw_gid)


@asynccontextmanager
async def _drained(stream: asyncio.StreamReader) -> AsyncIterator[None]:
    """Read a stream away, so that its writer never blocks."""
    reading = asyncio.create_task(stream.read())
    try:
        yield
    finally:
        reading.cancel()


class ScriptedImap:
    """An IMAP server that answers as told; a command without an answer is never answered."""

    def __init__(self, *, tags: dict[str, str] | None = None, **answers: str | None) -> None:
        """Answers by command, without tag; each line but the last is untagged, None is silence, "BYE" hangs up.

        `tags` puts a wrong tag before the answer to a command.
        """
        self.answers: dict[str, str | None] = {
            "CAPABILITY": "CAPABILITY IMAP4rev1 IDLE\nOK done",
            "LOGIN": "OK welcome",
            "SELECT": "OK [UIDVALIDITY 7] ok\nOK [PERMANENTFLAGS (\\Seen \\*)] ok\nOK done",
            "NOOP": "OK done",
            "SEARCH": "SEARCH\nOK done",
            "IDLE": None,
            "LOGOUT": "BYE bye\nOK done",
            **answers,
        }
        self.tags = tags or {}
        self._idling = ""
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0
        self.commands: list[str] = []
        self.changed = asyncio.Condition()
        self.closed = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ScriptedImap"]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def until(self, done: Callable[[list[str]], bool]) -> None:
        """Wait until the commands received so far fulfil a condition."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: done(self.commands))

    def hang_up(self) -> None:
        """Cut every connection without a word."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            writer.write(b"* OK ready\r\n")
            while line := (await reader.readline()).decode().split():
                async with self.changed:
                    self._take(writer, line)
                    self.changed.notify_all()
        except ConnectionError:
            pass
        finally:
            self.closed.set()
            writer.close()

    def _take(self, writer: asyncio.StreamWriter, line: list[str]) -> None:
        if line == ["DONE"]:
            self.commands.append("DONE")
            writer.write(f"{self._idling} OK done\r\n".encode())
            return
        tag, command = line[0], line[2 if line[1] == "UID" else 1]
        self.commands.append(command)
        self._idling = tag if command == "IDLE" else ""
        answer = self.answers.get(command)
        if answer == "BYE":
            writer.close()
        elif answer is not None:
            writer.write(self._answer(answer, self.tags.get(command, tag)).encode())

    @staticmethod
    def _answer(answer: str, tag: str) -> str:
        *untagged, last = answer.split("\n")
        lines = [*(f"* {line}" for line in untagged), last if last.startswith("+") else f"{tag} {last}"]
        return "".join(f"{line}\r\n" for line in lines)


@dataclass
class StubbornSmtp:
    """An SMTP server that keeps what it takes, and refuses or hangs up where told."""

    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 OK"  # "" hangs up after the mail was taken, without an answer
    offers_utf8: bool = True
    password: str = ""
    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    sessions: list[SMTP] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)  # a client closed its connection

    @asynccontextmanager
    async def running(
        self, *, implicit: Certificate | None = None, starttls: Certificate | None = None
    ) -> AsyncIterator["StubbornSmtp"]:
        """Listen on a free port, with TLS from the start or on demand."""
        server = await asyncio.get_running_loop().create_server(
            lambda: self._session(starttls), HOST, self.port, ssl=implicit.server_context() if implicit else None
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Cut every connection without a word."""
        for session in self.sessions:
            # A TLS transport that was closed twice has forgotten its protocol in Python 3.11, and could not abort.
            if session.transport is not None and not session.transport.is_closing():
                session.transport.abort()

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.mail

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data.startswith("2") or not self.data:
            self.taken.append(envelope)
        if not self.data:
            self.cut()
        return self.data

    def _session(self, starttls: Certificate | None) -> SMTP:
        session = _StubbornSession(
            self,
            hostname=HOST,
            enable_SMTPUTF8=self.offers_utf8,
            tls_context=starttls.server_context() if starttls else None,
            auth_require_tls=False,
            auth_required=bool(self.password),
            authenticator=self._authenticate if self.password else None,
            loop=asyncio.get_running_loop(),
        )
        session.hung_up = self.hung_up
        self.sessions.append(session)
        return session

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=data.password.decode() == self.password, handled=False)


class _StubbornSession(SMTP):
    hung_up: asyncio.Event

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.hung_up.set()
