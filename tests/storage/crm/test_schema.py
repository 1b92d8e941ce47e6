import pytest

from storage.crm.connect import open_engine
from storage.crm.datamap import MapError
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.storage.crm.desk import ANN, MAP, Desk


def test_a_missing_table_stops_every_use_not_only_the_check(desk: Desk) -> None:
    desk.run("DROP TABLE interactions")

    with pytest.raises(MapError, match="table 'interactions'"):
        desk.crm.collect(ANN)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_column_without_a_type_or_of_a_domain_is_compared_as_text(
    request: pytest.FixtureRequest, database: str
) -> None:
    engine = open_engine(request.getfixturevalue(f"{database}_url"))
    own = Desk(crm=SqlCrm(engine, load(MAP)), engine=engine)
    if database == "sqlite":
        own.run("ALTER TABLE customers ADD COLUMN mail")
        own.run("UPDATE customers SET mail = email")
        own.run("DROP INDEX customers_by_email")
        own.run("ALTER TABLE customers DROP COLUMN email")
        own.run("ALTER TABLE customers RENAME COLUMN mail TO email")
    else:
        own.run("CREATE DOMAIN mail AS varchar(254)")
        own.run("ALTER TABLE customers ALTER COLUMN email TYPE mail")

    assert [person.key for person in own.crm.find_by_email("ANN@example.org ")] == [ANN]
    engine.dispose()
