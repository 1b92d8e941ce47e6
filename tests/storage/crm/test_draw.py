"""Pictures of a data map, and the one in its documentation."""

from pathlib import Path
from xml.etree import ElementTree as ET

from storage.crm.draw import alone, mermaid, svg, tree
from storage.crm.mapload import load
from tests.docs import markdown
from tests.storage.crm.desk import MAP

PUBLISHED = Path(__file__).with_name("published.yaml")
SVG = "{http://www.w3.org/2000/svg}"


def test_tree_grows_from_the_person() -> None:
    root = tree(load(MAP))

    assert (root.table, root.action) == ("customers", "delete")
    orders = next(branch for branch in root.below if branch.table == "orders")
    assert {(branch.table, branch.column, branch.action) for branch in orders.below} == {
        ("order_items", "order_id", "delete"),
        ("invoices", "order_id", "keep"),
    }
    assert alone(load(MAP)) == ("mailing_lists",)


def test_documentation_shows_the_demonstrations_map_as_it_is() -> None:
    assert mermaid(load(MAP)) in markdown.blocks(markdown.read("data-map.md"), "mermaid")


def test_svg_has_a_box_for_every_table_and_an_arrow_for_every_link() -> None:
    map_ = load(MAP)
    root = ET.fromstring(svg(map_))  # noqa: S314  (made here)

    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert set(map_.tables) <= set(texts)
    assert len([path for path in root.findall(f"{SVG}path") if path.get("marker-end")]) == len(map_.links)


def test_svg_boxes_do_not_overlap() -> None:
    root = ET.fromstring(svg(load(MAP)))  # noqa: S314  (made here)
    boxes = [
        tuple(int(box.get(name, "0")) for name in ("x", "y", "width", "height"))
        for box in root.findall(f"{SVG}rect")
        if box.get("rx")
    ]

    overlapping = [
        (one, other)
        for one in boxes
        for other in boxes
        if one < other
        and one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    ]
    assert overlapping == []


def test_a_map_that_only_lets_data_be_read_says_so() -> None:
    assert tree(load(PUBLISHED)).action == "read only"
    assert "read only" in mermaid(load(PUBLISHED))
