"""Draws a data map: as a tree of values for the terminal, as Mermaid for documents, as SVG to look at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from handlers.crm import Action
from storage.crm.datamap import DataMap, Link, MappedTable

_ALONE = "left alone"
_READ = "read only"
# Fill and border by what erasing does; also told in words, for whoever sees no colours.
_COLOURS: Mapping[str, tuple[str, str]] = {
    Action.DELETE: ("#fde8e8", "#b42318"),
    Action.ANONYMISE: ("#fef3c7", "#92610a"),
    Action.KEEP: ("#dff3e4", "#1a7f37"),
    _ALONE: ("#f2f2f2", "#6e7781"),
    _READ: ("#e0edff", "#1f5fbf"),
}
# Sizes of the SVG, in pixels.
_LETTER, _LINE, _PAD, _GAP_X, _GAP_Y, _WIDTH = 7.2, 16, 10, 130, 24, 230
_MOST_FIELDS = 8
_HEAD = """\
<style>text { font-family: ui-monospace, monospace; font-size: 12px }</style>
<rect width="100%" height="100%" fill="#ffffff"/>
<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>"""


@dataclass(frozen=True)
class Branch:
    """A table below another one: the column by which it hangs there, what erasing does, and what is below it."""

    table: str
    column: str
    action: str
    fields: tuple[str, ...]
    below: tuple["Branch", ...]


def tree(map_: DataMap) -> Branch:
    """Return the tables from the persons on; one that hangs on several tables is drawn below each."""
    return _branch(map_, map_.identity.table, "")


def alone(map_: DataMap) -> tuple[str, ...]:
    """Return the tables that are known and left alone."""
    return tuple(name for name in map_.tables if name not in map_.order)


def mermaid(map_: DataMap) -> str:
    """Return the map as a Mermaid flowchart."""
    numbers = {name: f"t{number}" for number, name in enumerate((*map_.order, *alone(map_)))}
    lines = ["flowchart LR"]
    lines += [f'    {key}["{escape(name)}<br/><i>{_action(map_, name)}</i>"]' for name, key in numbers.items()]
    lines += [
        f'    {numbers[link.parent]} -->|"{escape(link.child_column)}"| {numbers[link.child]}' for link in _links(map_)
    ]
    for action, (fill, border) in _COLOURS.items():
        members = [key for name, key in numbers.items() if _action(map_, name) == action]
        if members:
            lines.append(f"    classDef {_class(action)} fill:{fill},stroke:{border},color:#1f2328")
            lines.append(f"    class {','.join(members)} {_class(action)}")
    return "\n".join(lines) + "\n"


def svg(map_: DataMap) -> str:
    """Return the map as an SVG picture: a box a table, farther right the farther from the person."""
    boxes = _boxes(map_)
    width = max(box.x for box in boxes.values()) + _WIDTH + _PAD
    height = max(box.y + box.height for box in boxes.values()) + _PAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{escape(map_.dataset)}</title>",
        _HEAD,
    ]
    parts += _edges(map_, boxes)
    parts += [_box(map_, box) for box in boxes.values()]
    return "\n".join([*parts, "</svg>"]) + "\n"


@dataclass(frozen=True)
class _Box:
    table: str
    x: int
    y: int
    height: int


def _branch(map_: DataMap, table: str, column: str) -> Branch:
    below = [link for link in _links(map_) if link.parent == table]
    return Branch(
        table=table,
        column=column,
        action=_action(map_, table),
        fields=_fields(map_.tables[table]),
        below=tuple(_branch(map_, link.child, link.child_column) for link in below),
    )


def _links(map_: DataMap) -> list[Link]:
    return [link for link in map_.links if link.parent in map_.order and link.child in map_.order]


def _fields(table: MappedTable) -> tuple[str, ...]:
    return tuple(field.name for field in table.fields if field.personal)


def _action(map_: DataMap, table: str) -> str:
    handling = map_.tables[table].handling
    if handling is None:
        return _ALONE
    return _READ if map_.read_only else str(handling.erase)


def _class(action: str) -> str:
    return action.replace(" ", "_")


def _boxes(map_: DataMap) -> dict[str, _Box]:
    depths: dict[str, int] = {}
    for table in map_.order:
        above = [depths[link.parent] for link in _links(map_) if link.child == table]
        depths[table] = 1 + max(above) if above else 0
    # What is left alone stands in the last column, below everything else.
    last = max(depths.values())
    depths |= dict.fromkeys(alone(map_), last)
    below = dict.fromkeys(range(last + 1), _PAD)
    boxes = {}
    for table, depth in depths.items():
        height = 2 * _PAD + _LINE * len(list(_lines(map_, table)))
        boxes[table] = _Box(table, _PAD + depth * (_WIDTH + _GAP_X), below[depth], height)
        below[depth] += height + _GAP_Y
    return boxes


def _lines(map_: DataMap, table: str) -> Iterator[str]:
    fields = _fields(map_.tables[table])
    yield table
    yield _action(map_, table)
    yield from fields[:_MOST_FIELDS]
    if len(fields) > _MOST_FIELDS:
        yield f"… {len(fields) - _MOST_FIELDS} more"


def _box(map_: DataMap, box: _Box) -> str:
    fill, border = _COLOURS[_action(map_, box.table)]
    parts = [
        f'<rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{box.height}" rx="6" fill="{fill}" stroke="{border}"/>'
    ]
    for number, line in enumerate(_lines(map_, box.table)):
        style = ' font-weight="bold"' if number == 0 else f' fill="{border}" font-style="italic"' if number == 1 else ""
        y = box.y + _PAD + _LINE * number + 12
        parts.append(f'<text x="{box.x + _PAD}" y="{y}"{style}>{escape(_short(line))}</text>')
    return "".join(parts)


def _edges(map_: DataMap, boxes: Mapping[str, _Box]) -> Iterator[str]:
    arrived = dict.fromkeys(boxes, 0)
    for link in _links(map_):
        # Each arrow arrives on a line of its own, so that its column can be read.
        yield _edge(boxes[link.parent], boxes[link.child], link.child_column, arrived[link.child])
        arrived[link.child] += 1


def _edge(parent: _Box, child: _Box, column: str, line: int) -> str:
    start = (parent.x + _WIDTH, parent.y + parent.height // 2)
    end = (child.x, child.y + _PAD + _LINE // 2 + _LINE * line)
    middle = (start[0] + end[0]) // 2
    path = f"M{start[0]} {start[1]}C{middle} {start[1]} {middle} {end[1]} {end[0]} {end[1]}"
    label = f'<text x="{end[0] - _PAD}" y="{end[1] - 4}" text-anchor="end" fill="#57606a">{escape(column)}</text>'
    return f'<path d="{path}" fill="none" stroke="#57606a" marker-end="url(#to)"/>{label}'


def _short(text: str) -> str:
    most = int((_WIDTH - 2 * _PAD) / _LETTER)
    return text if len(text) <= most else text[: most - 1] + "…"
