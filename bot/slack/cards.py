"""From a card's content to Slack's blocks. No function here ever sees personal data."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.slack.ties import repeat_lines, tie_lines
from bot.slack.words import Words, escape
from handlers.rights import Right

Block = dict[str, Any]
Content = Mapping[str, Any]

APPROVE, REFUSE, SHOW, DECIDE, NOTHING_FOUND = "approve", "refuse", "show", "decide", "nothing_found"
NO_REQUEST = "-"
SECTION_LENGTH = 3_000  # Slack's limit
GROUNDS = ("unfounded", "excessive", "identity", "legal_duty", "claims", "others", "not_controller")
GONE_ON = frozenset({"merged", "split"})  # closed here, because it goes on in another ticket
REFUSABLE = frozenset({"received", "triage", "identity_asked", "approval_asked"})


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _button(action: str, text: str, value: str, **more: Any) -> Block:
    return {"type": "button", "action_id": action, "text": _plain(text), "value": value, **more}


def card_text(content: Content, words: Words) -> str:
    """Return a card in one line: what notifications show, and all there is of simple cards."""
    return _TEXTS[content["kind"]](content, words)


def card_blocks(content: Content, words: Words) -> list[Block]:
    """Return a card's blocks."""
    if content["kind"] == "ticket":
        return _ticket_blocks(content, words)
    blocks = [_section(card_text(content, words))]
    if content["kind"] in {"reminder", "failed", "due"}:
        blocks.append({"type": "actions", "elements": [_show(content, words)]})
    return blocks


def _ticket_text(content: Content, words: Words) -> str:
    if content["question"]:
        return words("card.title_triage", reference=content["reference"])
    rights = [request["right"] for request in content["requests"] if request["status"] != "closed"]
    return words("card.title", reference=content["reference"], rights=words.rights(rights))


def _ticket_blocks(content: Content, words: Words) -> list[Block]:
    blocks: list[Block] = [{"type": "header", "text": _plain(_ticket_text(content, words))}]
    for request in content["requests"]:
        blocks += _request(request, words)
    # A card that was queued by the version before has neither.
    blocks += _sections(repeat_lines(content.get("repeats", ()), words))
    blocks += _sections(tie_lines(content["ties"], words) if "ties" in content else ())
    if content["question"]:
        reason = words.reason(content["question"], detail="")
        blocks.append(_section(words("card.why_triage", reason=reason)))
    blocks.append(
        _section(
            words(
                "card.answer_by",
                safe_date=words.day(content["safe_date"]),
                last_date=words.day(content["last_date"]),
            )
        )
    )
    blocks.append(_context(_law(content, words)))
    facts = {
        "language": content["language"],
        "trust": words(f"trust.{content['trust']}"),
        "received_on": words.day(content["received_on"]),
    }
    blocks.append(_context(words("card.facts", **facts)))
    blocks.append({"type": "actions", "elements": _buttons(content, words)})
    return blocks


def _law(content: Content, words: Words) -> str:
    lines = [words("card.law", law=words.law(content["law"]), why=words.choice(content["law_reason"]))]
    if content["extended"]:
        lines.append(words("card.extended"))
    if content["closes_on"]:
        lines.append(words("card.closes_on", closes_on=words.day(content["closes_on"])))
    return " ".join(lines)


def _request(request: Content, words: Words) -> list[Block]:
    lines = [
        words("card.status", right=words(f"rights.{request['right']}"), status=words(f"status.{request['status']}"))
    ]
    if request["status"] in {"approval_asked", "waiting", "carrying_out"}:
        lines += _plan(request, words)
    if request["status"] == "refused" and request["reason"] in words.section("ground"):
        lines[0] += f" ({words('ground.' + request['reason'])})"
    if request["status"] == "closed" and request["reason"] in GONE_ON:
        lines[0] += f" ({words.reason(request['reason'])})"
    if request["approved_by"]:
        lines.append(words("card.approved_by", user=request["approved_by"]))
    return _sections(lines)


def _sections(lines: Iterable[str]) -> list[Block]:
    """Return as many sections as the lines need: who approves a plan has to see all of it."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + 1 + len(line) <= SECTION_LENGTH:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return [_section(text) for text in texts]


def _plan(request: Content, words: Words) -> list[str]:
    lines = [_step(step, words) for step in request["plan"] if step["rows"]]
    lines += [
        words("card.plan_change", field=words.label(change["label"]), table=change["table"])
        for change in request["changes"]
    ]
    lines += [
        words("card.plan_copy", table=words.label(table["label"]), rows=table["rows"]) for table in request["tables"]
    ]
    if held := sum(table.get("held", 0) for table in request["tables"]):
        lines.append(words("card.plan_held", notes=held))
    if request["right"] == Right.RESTRICTION:
        lines.append(words("card.plan_restrict"))
    if request["right"] in {Right.WITHDRAWAL, Right.OBJECTION}:
        lines.append(words("card.plan_stop"))
    return [words("card.plan"), *lines] if lines else []


def _step(step: Content, words: Words) -> str:
    values = {"table": words.label(step["label"]), "rows": step["rows"], "law": step["law"]}
    if step["shared"]:
        return words("card.plan_shared", table=values["table"], rows=values["rows"])
    if step["action"] == "keep":
        return words("card.plan_keep", **values, until=words.day(step["until"]) if step["until"] else "?")
    return words(f"card.plan_{step['action']}", table=values["table"], rows=values["rows"])


def _show(content: Content, words: Words) -> Block:
    return _button(SHOW, words.button("button.show"), content["reference"])


def _buttons(content: Content, words: Words) -> list[Block]:
    buttons = [_show(content, words)]
    if content["fingerprint"]:
        buttons.insert(0, _approve(content, words))
    if content["question"]:
        buttons = [*_decisions(content, words), *buttons]
    if any(request["status"] in REFUSABLE for request in content["requests"]):
        buttons.append(_refuse(content, words))
    return buttons


def _approve(content: Content, words: Words) -> Block:
    value = f"{content['reference']} {content['fingerprint']}"
    confirm = _confirm(words, title="confirm.approve_title", text=words("confirm.approve_text"))
    return _button(APPROVE, words.button("button.approve"), value, style="primary", confirm=confirm)


def _refuse(content: Content, words: Words) -> Block:
    """Return the menu of grounds; each says what the person will read."""
    options = [
        {"text": _plain(words.button(f"ground.{ground}")), "value": f"{content['reference']} {ground}"}
        for ground in GROUNDS
    ]
    return {
        "type": "static_select",
        "action_id": REFUSE,
        "placeholder": _plain(words.button("button.refuse")),
        "options": options,
        "confirm": _confirm(words, title="confirm.refuse_title", text=words("confirm.refuse_text")),
    }


def _confirm(words: Words, *, title: str, text: str) -> Block:
    return {
        "title": _plain(words(title)),
        "text": _plain(text),
        "confirm": _plain(words("confirm.yes")),
        "deny": _plain(words("confirm.no")),
    }


def _decisions(content: Content, words: Words) -> list[Block]:
    """Return a button for the best guess, one for each other right, one for none of them."""
    reference = content["reference"]
    open_ones = [request["right"] for request in content["requests"] if request["status"] == "triage"]
    buttons = []
    if open_ones:
        text = words.button("button.as_suggested", rights=words.rights(open_ones))
        value = f"{reference} {','.join(open_ones)}"
        buttons.append(_button(DECIDE, text, value, style="primary"))
    if content["question"] == "unknown_sender":
        buttons.append(_button(NOTHING_FOUND, words.button("button.nothing_found"), reference))
    else:
        others = [right for right in Right if [right] != open_ones]
        options = [
            {"text": _plain(words.button(f"rights.{right}")), "value": f"{reference} {right}"} for right in others
        ]
        menu = {
            "type": "static_select",
            "action_id": DECIDE,
            "placeholder": _plain(words.button("button.other")),
            "options": options,
        }
        buttons.append(menu)
    buttons.append(_button(DECIDE, words.button("button.no_request"), f"{reference} {NO_REQUEST}"))
    # Block Kit wants every action_id of a block once.
    for number, button in enumerate(buttons):
        if button["action_id"] == DECIDE:
            button["action_id"] = f"{DECIDE}_{number}"
    return buttons


def _quarantined_text(content: Content, words: Words) -> str:
    return words("card.quarantined", reference=content["reference"], reason=words.reason(content["reason"]))


def _failed_text(content: Content, words: Words) -> str:
    reason = words.reason(content["reason"], detail=escape(content["detail"]))
    return words("card.failed", reference=content["reference"], reason=reason)


def _reminder_text(content: Content, words: Words) -> str:
    values = {"reference": content["reference"], "rights": words.rights(content["rights"])}
    safe_date, last_date = words.day(content["safe_date"]), words.day(content["last_date"])
    if content["days"] < 0:
        return words("card.reminder_overdue", **values, safe_date=safe_date, last_date=last_date)
    key = {0: "card.reminder_today", 1: "card.reminder_one"}.get(content["days"])
    if key:
        return words(key, **values, safe_date=safe_date)
    return words("card.reminder", **values, days=content["days"], safe_date=safe_date)


def _due_text(content: Content, words: Words) -> str:
    values = {"reference": content["reference"], "rights": words.rights(content["rights"])}
    return words(f"card.due_{content['task']}", **values, safe_date=words.day(content["safe_date"]))


def _silent_text(content: Content, words: Words) -> str:
    return words("card.silent", since=content["since"])


def _crm_down_text(_content: Content, words: Words) -> str:
    return words("card.crm_down")


def _erase_due_failed_text(_content: Content, words: Words) -> str:
    return words("card.erase_due_failed")


def _summary_text(content: Content, words: Words) -> str:
    none = words("summary.none")
    return words(
        "summary.text",
        **{key: content[key] for key in ("week", "opened", "answered", "open", "triage")},
        at_risk=", ".join(content["at_risk"]) or none,
        late=", ".join(content["late"]) or none,
    )


_TEXTS = {
    "ticket": _ticket_text,
    "quarantined": _quarantined_text,
    "failed": _failed_text,
    "reminder": _reminder_text,
    "due": _due_text,
    "silent": _silent_text,
    "crm_down": _crm_down_text,
    "erase_due_failed": _erase_due_failed_text,
    "summary": _summary_text,
}
