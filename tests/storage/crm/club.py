"""A club's database with everything that makes an erasure hard: circles, no keys, composite keys, JSON and NULL."""

from pathlib import Path

import sqlalchemy as sa

from tests.storage.crm.small import CATEGORY, IDENTITY, KEY, LINK, Small, make

ANN, JOANN = "1", "2"
metadata = sa.MetaData()
OPERATIONS = {CATEGORY: "system.operations"}

members = sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(100), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
    sa.Column("name", sa.String(100), info={CATEGORY: "user.name"}),
    sa.Column("erased", sa.Boolean, nullable=False, default=False, info=OPERATIONS),
    # Two circles: a member has a first post, which has its author; a member brought another one along.
    sa.Column("first_post", sa.ForeignKey("posts.id", name="first", use_alter=True), info=OPERATIONS),
    sa.Column("brought_by", sa.ForeignKey("members.id", name="brought"), info=OPERATIONS),
)
posts = sa.Table(
    "posts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("member", sa.ForeignKey("members.id", name="author"), info={LINK: "members.id"}),
    sa.Column("reply_to", sa.ForeignKey("posts.id", name="reply"), info=OPERATIONS),
    sa.Column("body", sa.Text, info={CATEGORY: "user.content.private"}),
    sa.Column("extra", sa.JSON(none_as_null=True), info={CATEGORY: "user.content.private"}),
)
seats = sa.Table(
    "seats",
    metadata,
    sa.Column("hall", sa.String(20), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("member", sa.ForeignKey("members.id"), info={LINK: "members.id"}),
)
visits = sa.Table(  # no primary key; the map names the columns that tell rows apart
    "visits",
    metadata,
    sa.Column("door", sa.String(20), info={KEY: True}),
    sa.Column("number", sa.Integer, info={KEY: True}),
    sa.Column("member", sa.Integer, info={LINK: "members.id"}),
)
ROWS = {
    members: [
        {"id": 1, "email": "ann@example.org", "name": "Ann"},
        {"id": 2, "email": "joann@example.org", "name": "Joann"},
        {"id": 3, "email": None, "name": None},
    ],
    posts: [
        {"id": 10, "member": 1, "reply_to": None, "body": "Hello", "extra": {"from": "ann@example.org", "likes": 3}},
        {"id": 11, "member": 1, "reply_to": 10, "body": None, "extra": None},
        {"id": 12, "member": 1, "reply_to": 11, "body": "", "extra": []},
        {"id": 20, "member": 2, "reply_to": None, "body": "Hi from joann@example.org", "extra": {"likes": [1, None]}},
        {"id": 30, "member": None, "reply_to": None, "body": "By nobody", "extra": None},
    ],
    seats: [
        {"hall": "A", "number": 1, "member": 1},
        {"hall": "A", "number": 2, "member": 2},
        {"hall": "B", "number": 1, "member": 2},
        {"hall": "B", "number": 2, "member": 1},
    ],
    visits: [
        {"door": "north", "number": 1, "member": 1},
        {"door": "north", "number": 2, "member": 2},
        {"door": "south", "number": 1, "member": None},
        {"door": None, "number": None, "member": None},
    ],
}


def build(url: str, path: Path) -> Small:
    """Fill an empty database; the data map goes to `path`."""
    small = make(
        url,
        metadata,
        path,
        identity={"table": "members", "name": ["name"], "erased": "erased"},
        tables={name: {"erase": "delete"} for name in ("members", "posts", "seats", "visits")},
    )
    with small.engine.begin() as connection:
        for table, rows in ROWS.items():
            connection.execute(sa.insert(table), rows)
        connection.execute(sa.update(members).where(members.c.id == 1).values(first_post=10))
        connection.execute(sa.update(members).where(members.c.id == 2).values(first_post=20))
    return small
