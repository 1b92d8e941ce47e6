"""The law of a ticket, what its clock follows from, and when to look at it next"""

import sqlalchemy as sa
from alembic import op

import storage.tables


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; every open ticket is looked at, and reckoned anew, at once."""
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('basis', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('reckoned_by', sa.String(length=16), server_default='', nullable=False))
        batch_op.add_column(sa.Column('silent', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('look_at', storage.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(
            'ix_tickets_look', ['look_at'], unique=False,
            sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'),
        )
    op.execute(sa.text('UPDATE tickets SET look_at = opened_at WHERE closed_at IS NULL'))
