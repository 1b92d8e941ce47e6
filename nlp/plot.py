"""The confusion of rights as a picture: SVG by hand, since a plotting library would be the largest dependency."""

from collections.abc import Iterator

from handlers.rights import Right
from nlp.measure import NONE, Confusion

NAMES = (*(right.value for right in Right), NONE)
CELL = 56  # pixels
MARGIN = 100
DARK = 0.5  # from this share on, the number is written in white


def draw(pairs: Confusion) -> str:
    """Return an SVG: a row for each wanted right, a column for what it was taken for, shaded by the row's share."""
    size = MARGIN + CELL * len(NAMES)
    parts = [part for row in range(len(NAMES)) for part in _row(pairs, row)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        'font-family="sans-serif" font-size="12">'
    )
    paper = f'<rect width="{size}" height="{size}" fill="white"/>'
    caption = f'<text x="8" y="{MARGIN - 12}">asked ↓ guessed →</text>'
    return "\n".join([head, paper, caption, *parts, "</svg>\n"])


def _row(pairs: Confusion, row: int) -> Iterator[str]:
    wanted = NAMES[row]
    total = sum(pairs.get((wanted, guessed), 0) for guessed in NAMES)
    top = MARGIN + CELL * row
    middle = top + CELL / 2 + 4
    yield f'<text x="{MARGIN - 8}" y="{middle}" text-anchor="end">{wanted}</text>'
    heading = MARGIN + CELL * row + CELL / 2
    yield f'<text x="{heading}" y="{MARGIN - 8}" transform="rotate(-35 {heading} {MARGIN - 8})">{wanted}</text>'
    for column, guessed in enumerate(NAMES):
        count = pairs.get((wanted, guessed), 0)
        share = count / max(1, total)
        left = MARGIN + CELL * column
        yield (
            f'<rect x="{left}" y="{top}" width="{CELL}" height="{CELL}" stroke="#ddd" '
            f'fill="#1f4e79" fill-opacity="{share:.2f}"><title>{wanted} → {guessed}: {share:.0%}</title></rect>'
        )
        if count:
            colour = "white" if share >= DARK else "black"
            yield f'<text x="{left + CELL / 2}" y="{middle}" text-anchor="middle" fill="{colour}">{count}</text>'
