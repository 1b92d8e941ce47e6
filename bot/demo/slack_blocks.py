"""Block Kit as far as Slack itself looks into it: limits, ids, and what an element reports when used.

The limits are those of Slack's reference at docs.slack.dev/reference/block-kit.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Block = dict[str, Any]
Element = Mapping[str, Any]

MOST_BLOCKS_IN_MESSAGE = 50
MOST_BLOCKS_IN_VIEW = 100
MOST_FIELDS = 10
MOST_CONTEXT_ELEMENTS = 10
MOST_ACTION_ELEMENTS = 25

_LENGTHS = {
    "header.text": 150,
    "section.text": 3000,
    "section.field": 2000,
    "context.text": 3000,
    "input.label": 2000,
    "button.text": 75,
    "confirm.title": 100,
    "confirm.text": 300,
    "confirm.confirm": 30,
    "confirm.deny": 30,
    "view.title": 24,
    "view.submit": 24,
    "view.close": 24,
}
_ID_LENGTH = 255
_VALUE_LENGTH = 2000
_PRIVATE_METADATA_LENGTH = 3000
_BUTTON_STYLES = {None, "primary", "danger"}


def with_block_ids(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return the blocks, each with a block_id; Slack makes up the missing ones."""
    return tuple({"block_id": secrets.token_hex(3), **block} for block in blocks)


def block_problems(blocks: Sequence[Block], *, most: int = MOST_BLOCKS_IN_MESSAGE) -> list[str]:
    """Say why Slack would refuse these blocks; nothing if it would take them."""
    problems = [f"no more than {most} items allowed"] if len(blocks) > most else []
    given = Counter(block["block_id"] for block in blocks if "block_id" in block)
    problems += [f"duplicate block_id: {block_id}" for block_id, times in given.items() if times > 1]
    for number, block in enumerate(blocks):
        problems += [f"{problem} [json-pointer:/blocks/{number}]" for problem in _one_block(block)]
    return problems


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """Say why Slack would refuse this modal or home tab."""
    problems = block_problems(view.get("blocks", []), most=MOST_BLOCKS_IN_VIEW)
    if view.get("type") == "modal":
        problems += _text(view.get("title"), "view.title")
        problems += [problem for part in ("submit", "close") for problem in _optional(view.get(part), f"view.{part}")]
    if len(view.get("private_metadata", "")) > _PRIVATE_METADATA_LENGTH:
        problems.append(f"private_metadata must be less than {_PRIVATE_METADATA_LENGTH + 1} characters")
    return problems


def find_element(blocks: Iterable[Block], action_id: str, value: str | None) -> tuple[Block, Element] | None:
    """Return the block and element with the action_id; where several buttons share it, the one with the value."""
    for block in blocks:
        for element in _elements(block):
            if element.get("action_id") == action_id and _can_report(element, value):
                return block, element
    return None


def used(element: Element, value: str | None) -> dict[str, Any]:
    """Return what Slack reports of an element when a person clicks it or gives it a value."""
    kind = str(element["type"])
    return {"type": kind, **_REPORTS.get(kind, _typed)(element, value or "")}


def filled(blocks: Iterable[Block], values: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return a view's state.values, from one value per block_id of its input blocks."""
    return {
        block["block_id"]: {block["element"]["action_id"]: used(block["element"], values.get(block["block_id"]))}
        for block in blocks
        if block["type"] == "input"
    }


def missing(blocks: Iterable[Block], values: Mapping[str, str]) -> list[str]:
    """Return the block_ids of inputs that must be filled and are not."""
    return [
        block["block_id"]
        for block in blocks
        if block["type"] == "input" and not block.get("optional") and not values.get(block["block_id"])
    ]


def _elements(block: Block) -> Iterator[Element]:
    yield from block.get("elements", [])
    yield from (block[part] for part in ("accessory", "element") if part in block)


def _can_report(element: Element, value: str | None) -> bool:
    return value is None or element["type"] != "button" or element.get("value", "") == value


def _pressed(element: Element, _value: str) -> dict[str, Any]:
    return {part: element[part] for part in ("text", "value", "style", "url") if part in element}


def _chosen(element: Element, value: str) -> dict[str, Any]:
    return {"selected_option": _option(element, value)}


def _ticked(element: Element, value: str) -> dict[str, Any]:
    return {"selected_options": [option for option in element["options"] if option["value"] in value.split(",")]}


def _dated(_element: Element, value: str) -> dict[str, Any]:
    return {"selected_date": value or None}


def _typed(_element: Element, value: str) -> dict[str, Any]:
    return {"value": value or None}


_REPORTS: dict[str, Callable[[Element, str], dict[str, Any]]] = {
    "button": _pressed,
    "static_select": _chosen,
    "radio_buttons": _chosen,
    "overflow": _chosen,
    "checkboxes": _ticked,
    "datepicker": _dated,
}


def _option(element: Element, value: str) -> Element | None:
    return next((option for option in element["options"] if option["value"] == value), None)


def _one_block(block: Block) -> list[str]:
    check = _CHECKS.get(str(block.get("type")))
    if check is None:
        return [f"unsupported type: {block.get('type')}"]
    problems = ["block_id is too long"] if len(str(block.get("block_id", ""))) > _ID_LENGTH else []
    return problems + check(block)


def _header(block: Block) -> list[str]:
    return _text(block.get("text"), "header.text", kinds=("plain_text",))


def _section(block: Block) -> list[str]:
    fields = block.get("fields", [])
    if "text" not in block and not fields:
        return ["missing required field: text or fields"]
    problems = _optional(block.get("text"), "section.text")
    problems += [f"no more than {MOST_FIELDS} fields allowed"] if len(fields) > MOST_FIELDS else []
    problems += [problem for item in fields for problem in _text(item, "section.field")]
    return problems + [problem for element in _elements(block) for problem in _element(element)]


def _context(block: Block) -> list[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= MOST_CONTEXT_ELEMENTS:
        return [f"between 1 and {MOST_CONTEXT_ELEMENTS} elements needed"]
    return [problem for element in elements if "text" in element for problem in _text(element, "context.text")]


def _actions(block: Block) -> list[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= MOST_ACTION_ELEMENTS:
        return [f"between 1 and {MOST_ACTION_ELEMENTS} elements needed"]
    ids = Counter(element.get("action_id") for element in elements)
    problems = [f"action_id {name} already exists" for name, times in ids.items() if name and times > 1]
    return problems + [problem for element in elements for problem in _element(element)]


def _input(block: Block) -> list[str]:
    if "element" not in block:
        return ["missing required field: element"]
    return _text(block.get("label"), "input.label", kinds=("plain_text",)) + _element(block["element"])


def _anything(_block: Block) -> list[str]:
    return []


_CHECKS: dict[str, Callable[[Block], list[str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _anything,
}


def _element(element: Element) -> list[str]:
    problems = _confirm(element.get("confirm"))
    if len(str(element.get("action_id", ""))) > _ID_LENGTH:
        problems.append("action_id is too long")
    if element.get("type") != "button":
        return problems
    if len(str(element.get("value", ""))) > _VALUE_LENGTH:
        problems.append("value is too long")
    if element.get("style") not in _BUTTON_STYLES:
        problems.append("style must be primary or danger")
    return problems + _text(element.get("text"), "button.text", kinds=("plain_text",))


def _confirm(confirm: Any) -> list[str]:
    if confirm is None:
        return []
    parts = ("title", "text", "confirm", "deny")
    return [problem for part in parts for problem in _text(confirm.get(part), f"confirm.{part}")]


def _optional(text: Any, place: str) -> list[str]:
    return [] if text is None else _text(text, place)


def _text(text: Any, place: str, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> list[str]:
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        return [f"{place} must be a text object ({' or '.join(kinds)})"]
    if not 1 <= len(text.get("text", "")) <= _LENGTHS[place]:
        return [f"{place} must have 1 to {_LENGTHS[place]} characters"]
    return []
