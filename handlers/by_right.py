"""Which module handles which right."""

from collections.abc import Mapping

from handlers import access, correction, deletion, objection, portability, restriction, withdrawal
from handlers.desk import RightHandler
from handlers.rights import Right

HANDLERS: Mapping[Right, RightHandler] = {
    Right.ACCESS: access,
    Right.PORTABILITY: portability,
    Right.CORRECTION: correction,
    Right.DELETION: deletion,
    Right.WITHDRAWAL: withdrawal,
    Right.OBJECTION: objection,
    Right.RESTRICTION: restriction,
}
