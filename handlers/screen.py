"""Which mails are worth a ticket: a machine's answer is set aside, and in doubt a person looks. Nothing is deleted."""

import enum
import re
from dataclasses import dataclass

from handlers.mail import Mail


@enum.unique
class Verdict(enum.StrEnum):
    """What becomes of a mail."""

    PASS = "pass"  # noqa: S105 (no password)
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    BOUNCE = "bounce"


@enum.unique
class Reason(enum.StrEnum):
    """Why a mail does not become a ticket by itself."""

    LOOP = "loop"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    AUTO_GENERATED = "auto_generated"
    OUT_OF_OFFICE = "out_of_office"
    OWN_MAIL = "own_mail"
    OVERSIZED = "oversized"
    NO_SENDER = "no_sender"
    SPAM = "spam"
    MAILING_LIST = "mailing_list"
    BULK = "bulk"
    NO_TEXT = "no_text"


@dataclass(frozen=True)
class Screened:
    """The verdict on a mail, with the reason unless it passed."""

    verdict: Verdict
    reason: Reason | None = None


PASSED = Screened(Verdict.PASS)

_DAEMONS = frozenset({"mailer-daemon", "postmaster"})
# Only at the start: "Re: Out of office" is a person's answer to such a notice.
_OUT_OF_OFFICE = re.compile(
    r"\s*(?:"
    r"automatic reply|auto[- ]?reply|auto:|out of (?:the )?office|"
    r"automatische antwort|abwesenheitsnotiz|abwesenheitsmeldung|abwesend\b|"
    r"automatyczna odpowied[źz]|odpowied[źz] automatyczna|autoodpowied[źz]|poza biurem|nieobecno[śs][ćc]|"
    r"automatick[áa] odpove[ďd]|mimo kancel[áa]rie|nepr[íi]tomnos[ťt]"
    r")",
    re.IGNORECASE,
)


def screen(
    mail: Mail, *, own_addresses: frozenset[str], own_message_id_domains: frozenset[str], max_bytes: int
) -> Screened:
    """Return what becomes of a mail.

    Only what is certainly a machine's is ignored. A contact form writes from our own address, a forwarding service
    says auto-generated, and a group address puts list headers on everybody's mail: these a person must see.
    `own_addresses` are normalised; `own_message_id_domains` must be ours alone, not the company's mail domain.
    """
    certain = _certain(mail, max_bytes=max_bytes)
    if certain is not None:
        return certain
    reason = (
        _reason_of_origin(mail, own_addresses=own_addresses, own_message_id_domains=own_message_id_domains)
        or _reason_of_distribution(mail, own_addresses=own_addresses)
        or _reason_of_content(mail)
    )
    return PASSED if reason is None else Screened(Verdict.QUARANTINED, reason)


def _certain(mail: Mail, *, max_bytes: int) -> Screened | None:
    if mail.markers.loop:
        return Screened(Verdict.IGNORED, Reason.LOOP)
    if _is_bounce(mail):
        return Screened(Verdict.BOUNCE, Reason.BOUNCE)
    if _is_auto_reply(mail):
        return Screened(Verdict.IGNORED, Reason.AUTO_REPLY)
    if mail.size > max_bytes:
        return Screened(Verdict.QUARANTINED, Reason.OVERSIZED)
    return None


def _is_bounce(mail: Mail) -> bool:
    if mail.bounce is not None:
        return True
    # Older servers report in plain text; their sender gives them away.
    return mail.markers.null_return_path and mail.from_address.partition("@")[0] in _DAEMONS


def _is_auto_reply(mail: Mail) -> bool:
    markers = mail.markers
    return markers.auto_submitted == "auto-replied" or markers.auto_reply or markers.precedence == "auto_reply"


def _reason_of_origin(
    mail: Mail, *, own_addresses: frozenset[str], own_message_id_domains: frozenset[str]
) -> Reason | None:
    if not mail.from_address:
        return Reason.NO_SENDER
    if mail.from_address in own_addresses:
        return Reason.OWN_MAIL
    domains = {mail.from_address.rpartition("@")[2], mail.message_id.rpartition("@")[2].lower()}
    return Reason.LOOP if domains & own_message_id_domains else None


def _reason_of_distribution(mail: Mail, *, own_addresses: frozenset[str]) -> Reason | None:
    markers = mail.markers
    if markers.spam:
        return Reason.SPAM
    if markers.auto_submitted not in {"", "no"} or markers.null_return_path:
        return Reason.AUTO_GENERATED
    if _is_own_group(markers.list_id, own_addresses):
        return None
    if markers.list_id or markers.precedence == "list":
        return Reason.MAILING_LIST
    return Reason.BULK if markers.list_unsubscribe or markers.precedence in {"bulk", "junk"} else None


def _is_own_group(list_id: str, own_addresses: frozenset[str]) -> bool:
    """Tell whether the list is the privacy inbox itself; RFC 2919 writes its address with a dot for the @."""
    return list_id in {address.replace("@", ".") for address in own_addresses}


def _reason_of_content(mail: Mail) -> Reason | None:
    if _OUT_OF_OFFICE.match(mail.subject):
        return Reason.OUT_OF_OFFICE
    if mail.text:
        return None
    # The subject alone may say it all, but beside an attachment the request is likely to be in there.
    return Reason.NO_TEXT if mail.attachments or not mail.subject else None
