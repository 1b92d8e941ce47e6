"""Several open challenges a ticket, each about its own requests"""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and let open challenges go on as they are."""
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.add_column(sa.Column('requests', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    _name_requests()
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.alter_column('requests', server_default=None)


def _name_requests() -> None:
    """Name what an open challenge confirms: so far all that waited. Its code was hashed with the ticket's id."""
    challenges = sa.table(
        'challenges', sa.column('id'), sa.column('ticket_id'), sa.column('state'), sa.column('requests', sa.JSON())
    )
    requests = sa.table('requests', sa.column('id'), sa.column('ticket_id'), sa.column('status'))
    connection = op.get_bind()
    for row in connection.execute(sa.select(challenges.c.id, challenges.c.ticket_id).where(challenges.c.state == 'open')).all():
        waiting = sa.select(requests.c.id).where(requests.c.ticket_id == row.ticket_id, requests.c.status == 'identity_asked')
        named = list(connection.execute(waiting).scalars())
        mine = sa.update(challenges).where(challenges.c.id == row.id)
        connection.execute(mine.values(id=row.ticket_id, requests=named))


def downgrade() -> None:
    """Drop them again."""
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.drop_column('requests')
