"""The details of a ticket, with personal data: for one pair of eyes, never in a channel."""

from collections.abc import Sequence

from bot.slack.ties import repeat_lines, tie_lines
from bot.slack.words import Words, escape
from handlers.cards import repeats, ties
from handlers.letters import pick
from handlers.mail import Mail
from handlers.tickets import Request, Ticket

TEXT_LENGTH = 2_500  # Slack takes 3,000 characters a section


def details(ticket: Ticket, mails: Sequence[Mail], words: Words) -> str:
    """Return what an agent needs to decide, as Slack's mrkdwn."""
    requester = ticket.requester
    lines = [
        f"*{ticket.reference}* · {words('detail.only_you')}",
        words("detail.subject", subject=escape(requester.subject)),
        words("detail.sender", sender=escape(f"{requester.name} {requester.address}".strip())),
        _on_file(ticket, words),
    ]
    for request in ticket.requests:
        lines += _request(request, words)
    lines += [*repeat_lines(repeats(ticket), words), *tie_lines(ties(ticket), words)]
    for mail in mails:
        quoted = escape(mail.text.strip()[:TEXT_LENGTH]).replace("\n", "\n>")
        lines.append(f"{words('detail.text')}\n>{quoted}")
    return "\n".join(lines)


def _on_file(ticket: Ticket, words: Words) -> str:
    if ticket.person is None:
        return words("detail.not_on_file")
    return words("detail.on_file", name=escape(ticket.person.name), address=escape(ticket.person.email))


def _request(request: Request, words: Words) -> list[str]:
    right = words(f"rights.{request.right}")
    lines = [words("detail.asked", right=right, score=f"{request.score:.2f}", evidence=escape(request.evidence))]
    lines += [
        words("detail.change", field=pick(c.label, words.language), old=escape(c.old), new=escape(c.new))
        for c in request.changes
    ]
    return lines
