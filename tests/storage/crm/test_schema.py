import pytest

from storage.crm.datamap import MapError
from tests.storage.crm.desk import ANN, Desk


def test_a_missing_table_stops_every_use_not_only_the_check(desk: Desk) -> None:
    desk.run("DROP TABLE interactions")

    with pytest.raises(MapError, match="table 'interactions'"):
        desk.crm.collect(ANN)
