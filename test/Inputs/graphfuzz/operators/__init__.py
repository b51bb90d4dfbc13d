"""The table: one row for each operator, or family of operators with the same operands.

A row is a function that draws operands and attributes and emits the node. `since`
is the first operator set that has the operator; what else changed with operator
sets is in the row.
"""

from . import elementwise, movement, quantisers, windows  # noqa: F401  (they fill the table)
from .table import ROWS, Row

__all__ = ["ROWS", "Row"]
