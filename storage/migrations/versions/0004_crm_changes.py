"""Log of changes in the CRM, and restrictions"""

import sqlalchemy as sa
from alembic import op

import storage.tables


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table('crm_changes',
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('batch', sa.String(length=32), nullable=False),
    sa.Column('at', storage.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=12), nullable=False),
    sa.Column('operation', sa.String(length=16), nullable=False),
    sa.Column('person_hash', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('table_name', sa.String(length=64), nullable=False),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('field', sa.String(length=64), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['keys.id'], name=op.f('fk_crm_changes_key_id_keys')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_crm_changes'))
    )
    with op.batch_alter_table('crm_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_crm_changes_batch'), ['batch'], unique=False)
        batch_op.create_index(batch_op.f('ix_crm_changes_person_hash'), ['person_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_crm_changes_reference'), ['reference'], unique=False)

    op.create_table('restrictions',
    sa.Column('ticket_id', sa.String(length=32), nullable=False),
    sa.Column('since', storage.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('mailings', sa.Boolean(), nullable=False),
    sa.Column('told_at', storage.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lifted_at', storage.tables.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_restrictions_ticket_id_tickets')),
    sa.PrimaryKeyConstraint('ticket_id', name=op.f('pk_restrictions'))
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table('restrictions')
    with op.batch_alter_table('crm_changes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_crm_changes_reference'))
        batch_op.drop_index(batch_op.f('ix_crm_changes_person_hash'))
        batch_op.drop_index(batch_op.f('ix_crm_changes_batch'))

    op.drop_table('crm_changes')
