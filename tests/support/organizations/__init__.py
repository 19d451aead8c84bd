"""Two organizations of the same shape, in every table and along every relationship: Alpha and Bravo.

Bravo is Alpha's twin: row by row it has the same ids, and no other value in common. Only the organization separates
the twins, so a statement without a condition on it returns Bravo's values. Some of Bravo's rows have their own ids.
"""

from tests.support.organizations.distinct_values import ALPHA, BRAVO, OrganizationValues
from tests.support.organizations.ids import id_of
from tests.support.organizations.insertion import fill
from tests.support.organizations.values import Row, rows_of

__all__ = ["ALPHA", "BRAVO", "OrganizationValues", "Row", "fill", "id_of", "rows_of"]
