"""Ledger of erased persons, consent history, released notes"""

import sqlalchemy as sa
from alembic import op

import storage.tables


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table('consent_history',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('right', sa.String(length=16), nullable=False),
    sa.Column('consents', sa.JSON(), nullable=False),
    sa.Column('at', storage.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reference', sa.String(length=12), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['keys.id'], name=op.f('fk_consent_history_key_id_keys')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_history'))
    )
    with op.batch_alter_table('consent_history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_history_address_hash'), ['address_hash'], unique=False)

    op.create_table('ledger',
    sa.Column('mark_hash', sa.String(length=64), nullable=False),
    sa.Column('entry', sa.String(length=32), nullable=False),
    sa.Column('at', storage.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reference', sa.String(length=12), nullable=False),
    sa.PrimaryKeyConstraint('mark_hash', name=op.f('pk_ledger'))
    )
    op.create_table('released_notes',
    sa.Column('note_hash', sa.String(length=64), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('at', storage.tables.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('note_hash', name=op.f('pk_released_notes'))
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table('released_notes')
    op.drop_table('ledger')
    with op.batch_alter_table('consent_history', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_history_address_hash'))

    op.drop_table('consent_history')
