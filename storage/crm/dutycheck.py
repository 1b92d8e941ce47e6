"""Duties to keep that contradict each other: a kept row cannot refer to one whose own duty has ended."""

from collections.abc import Iterator
from datetime import date

from handlers.law.retention import retain_until, retention_countries
from storage.crm.datamap import DataMap, Duty, Link, Place

# Any day does: what is compared are two duties that begin on the same one.
_SOME_DAY = date(2024, 3, 15)


def shorter_parents(map_: DataMap) -> Iterator[tuple[Place, str]]:
    """Yield every kept table that refers to a table whose duty may end earlier: that row could not be deleted then."""
    for link in map_.links:
        parent, child = _duty(map_, link.parent), _duty(map_, link.child)
        if parent is None or child is None or _is_cut(map_, link):
            continue
        country = next((code for code in _countries(parent, child) if _ends_earlier(parent, child, code)), None)
        if country is not None:
            text = (
                f"rows of '{link.child}' refer to '{link.parent}', whose duty ends earlier"
                f"{f' in {country}' if country else ''}; keep both as long, or let erasing empty '{link.child_column}'"
            )
            yield ("handling", "tables", link.child, "duty"), text


def _duty(map_: DataMap, table: str) -> Duty | None:
    handling = map_.tables[table].handling
    return handling.duty if handling else None


def _is_cut(map_: DataMap, link: Link) -> bool:
    return link.child_column in map_.tables[link.child].erased_fields()


def _countries(parent: Duty, child: Duty) -> list[str]:
    fixed = {duty.country for duty in (parent, child) if duty.country}
    return sorted(fixed) or sorted(retention_countries())


def _ends_earlier(parent: Duty, child: Duty, country: str) -> bool:
    ends = [_until(duty, duty.country or country) for duty in (parent, child)]
    return ends[0] is not None and ends[1] is not None and ends[0] < ends[1]


def _until(duty: Duty, country: str) -> date | None:
    found = retain_until(
        country,
        duty.record,
        _SOME_DAY,
        financial_year_ends=duty.financial_year_ends,
        default_years=duty.default_years,
    )
    return found.until if found else None
