"""The supervisory authority of a country or a German Land, to whom people may complain (GDPR Art. 77).

In authorities.csv, `verified` says whether name, page and postal address agreed in more than one source; an address
that did not is left empty. In Bavaria it is the authority for companies, elsewhere there is only one.
"""

import csv
from functools import cache
from importlib.resources import files

from handlers.policy import Authority


@cache
def _authorities() -> dict[tuple[str, str], Authority]:
    text = files("handlers.law").joinpath("authorities.csv").read_text(encoding="utf-8")
    return {
        (row["country"], row["region"]): Authority(row["name"], row["web"], row["address"])
        for row in csv.DictReader(text.splitlines())
    }


def authority_of(country: str, region: str = "") -> Authority | None:
    """Return the authority of a country (ISO 3166-1) or of a region in it (the second half of ISO 3166-2).

    None where we know none and the settings must name it. Without a region Germany's is the federal one, which
    supervises federal bodies, post and telecommunications; all other companies answer to their Land's (BDSG § 40).
    """
    return _authorities().get((country, region))
