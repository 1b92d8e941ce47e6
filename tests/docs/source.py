"""Reading the code for what the documentation has to name."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.docs.markdown import ROOT

PACKAGES = ("bot", "handlers", "nlp", "storage")


def files() -> list[Path]:
    """Return all modules of the program, the demonstration left out: it has doors of its own."""
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if "demo" not in path.parts]


def calls(path: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """Yield every call: what it is called on ("" for a plain name), the name, and the call."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr, node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield "", node.func.id, node


def first_text(call: ast.Call, path: Path) -> str:
    """Return the first argument, which has to be written out for these tests to find it."""
    argument = call.args[0]
    assert isinstance(argument, ast.Constant), f"{path.name}:{call.lineno}: write it out"
    assert isinstance(argument.value, str), f"{path.name}:{call.lineno}: write a text"
    return argument.value
