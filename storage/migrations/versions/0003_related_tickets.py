"""Several open challenges a ticket, each about its own requests; tickets of the same person know each other"""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and let open challenges go on. A ticket's person_hash comes when it is saved next."""
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('person_hash', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('related', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('merged', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('merged_into', sa.String(length=12), server_default='', nullable=False))
        batch_op.add_column(sa.Column('split_from', sa.String(length=12), server_default='', nullable=False))
        batch_op.create_index(batch_op.f('ix_tickets_person_hash'), ['person_hash'], unique=False)
    with op.batch_alter_table('challenges', schema=None) as batch_op:
        batch_op.add_column(sa.Column('requests', sa.JSON(), nullable=True))
    _name_requests()


def _name_requests() -> None:
    """Name what an open challenge confirms: so far all that waited. Its code was hashed with the ticket's id."""
    challenges = sa.table(
        'challenges', sa.column('id'), sa.column('ticket_id'), sa.column('state'), sa.column('requests', sa.JSON())
    )
    requests = sa.table('requests', sa.column('id'), sa.column('ticket_id'), sa.column('status'))
    connection = op.get_bind()
    open_ones = sa.select(challenges.c.id, challenges.c.ticket_id).where(challenges.c.state == 'open')
    for row in connection.execute(open_ones).all():
        waiting = sa.select(requests.c.id).where(requests.c.ticket_id == row.ticket_id)
        named = list(connection.execute(waiting.where(requests.c.status == 'identity_asked')).scalars())
        changed = sa.update(challenges).where(challenges.c.id == row.id)
        connection.execute(changed.values(id=row.ticket_id, requests=named))
