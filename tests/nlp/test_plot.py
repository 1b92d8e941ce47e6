from xml.etree import ElementTree as ET

from nlp.plot import draw


def test_draw_is_an_svg_with_every_count_and_share() -> None:
    root = ET.fromstring(draw({("access", "access"): 3, ("access", "none"): 1}))  # noqa: S314 - our own
    names = {"svg": "http://www.w3.org/2000/svg"}
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [text.text for text in root.findall("svg:text", names)]
    assert [text for text in texts if text and text.isdigit()] == ["3", "1"]
    titles = [title.text for title in root.iterfind(".//svg:title", names)]
    assert len(titles) == 64
    assert {"access → access: 75%", "access → none: 25%", "deletion → deletion: 0%"} <= set(titles)
