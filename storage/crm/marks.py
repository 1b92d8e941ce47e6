"""A YAML file's values together with the lines on which they stand, so that a mistake can be pointed at."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from storage.crm.datamap import Finding, MapError, Place

# The parser in C where it is installed: maps are long.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What names an entry of a list in the Fides shape.
_NAMES = ("name", "fides_key")
# Levels of the Fides shape that only say what comes next.
_CONNECTING = frozenset({"collections", "fields", "fides_meta"})
HANDLING = "handling"
# The word for "a person has to decide this", as a draft has it.
UNDECIDED = "?"


@dataclass(frozen=True)
class Source:
    """A file as read: its values, and the tree of nodes that knows the lines."""

    name: str
    values: Any
    root: yaml.Node
    handling: Place = (HANDLING,)  # where the section stands that places call "handling"

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read a file; raises MapError if it is not there or no YAML."""
        try:
            text = path.read_text(encoding="utf-8")
            loader = _Loader(text)
            root = loader.get_single_node()
            values = loader.construct_document(root) if root else None
        except OSError as error:
            raise MapError(f"{path}: the data map cannot be read ({error.strerror}); correct its path") from None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise MapError(f"{path.name}:{line}: not valid YAML ({error.problem}); correct the line") from None
        except UnicodeDecodeError:
            raise MapError(f"{path.name}: not a text file in UTF-8; save it as one") from None
        except (yaml.YAMLError, ValueError) as error:
            # A ValueError comes of a date such as 2026-02-30.
            raise MapError(f"{path.name}: a value cannot be read ({error}); correct it") from None
        if root is None:
            raise MapError(f"{path.name}: the file is empty; `rightsdesk crm map` writes a first draft")
        return cls(name=path.name, values=values, root=root)

    def finding(self, place: Place, text: str) -> Finding:
        """Return a finding at a place, on the line of the deepest key that is there."""
        if place[:1] == (HANDLING,):
            place = (*self.handling, *place[1:])
        node, named = self.root, []
        line = 0
        for step in place:
            named.append(str(step))
            found = _below(node, step)
            if found is None:
                continue
            key, node = found
            line = key.start_mark.line
            named[-1] = _name(node) or str(step) if isinstance(step, int) else str(step)
        shown = [part for part in named if part not in _CONNECTING] if place[:1] == ("dataset",) else named
        return Finding(file=self.name, line=line + 1, key=".".join(shown) or "file", text=text)

    def of_other(self, dataset: str) -> "Source":
        """Return the file as the check of one of its further datasets sees it."""
        return replace(self, handling=(HANDLING, "others", dataset))

    def repeated(self) -> Iterator[Finding]:
        """Yield every key that stands twice in one place: the first would count for nothing."""
        for place, node in _walk(self.root):
            if not isinstance(node, yaml.MappingNode):
                continue
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    text = "the key stands here twice; remove one"
                    shown = ".".join(map(str, (*place, key.value)))
                    yield Finding(file=self.name, line=key.start_mark.line + 1, key=shown, text=text)
                seen.add(key.value)

    def undecided(self) -> Iterator[Finding]:
        """Yield every value that a draft left to a person."""
        for place, node in _walk(self.root):
            if isinstance(node, yaml.ScalarNode) and node.value == UNDECIDED:
                shown = ".".join(map(str, place))
                yield Finding(file=self.name, line=node.start_mark.line + 1, key=shown, text="decide this")


def _below(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the node that holds the line of the step, and the node to go on with."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if not isinstance(node, yaml.SequenceNode):
        return None
    if isinstance(step, int):
        return (node.value[step], node.value[step]) if step < len(node.value) else None
    return next(((entry, entry) for entry in node.value if _name(entry) == step), None)


def _name(node: yaml.Node) -> str:
    if not isinstance(node, yaml.MappingNode):
        return ""
    found = [value.value for key, value in node.value if key.value in _NAMES and isinstance(value, yaml.ScalarNode)]
    return str(found[0]) if found else ""


def _walk(root: yaml.Node) -> Iterator[tuple[Place, yaml.Node]]:
    """Yield every node once, in the order of the file; what aliases repeat is where its anchor is."""
    seen: set[int] = set()
    waiting: list[tuple[Place, yaml.Node]] = [((), root)]
    while waiting:
        place, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield place, node
        waiting.extend(reversed([((*place, step), below) for step, below in _children(node)]))


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), value
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield _name(value) or number, value
