"""Where a restriction ended mailings, rather than whether"""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

restrictions = sa.table(
    'restrictions', sa.column('mailings', sa.Boolean()), sa.column('ended_in', sa.JSON()),
)


def upgrade() -> None:
    """Turn yes into "", which stands for the table of persons, whatever it is called."""
    with op.batch_alter_table('restrictions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ended_in', sa.JSON(), nullable=True))
    op.execute(sa.update(restrictions).values(ended_in=[]))
    op.execute(sa.update(restrictions).where(restrictions.c.mailings).values(ended_in=['']))
    with op.batch_alter_table('restrictions', schema=None) as batch_op:
        batch_op.drop_column('mailings')
        batch_op.alter_column('ended_in', new_column_name='mailings', existing_type=sa.JSON(), nullable=False)
