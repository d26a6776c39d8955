"""Every kind of row that is in the file, in the order of its sections."""

from response.setup.configuration.kind import Kind
from response.setup.configuration.kinds.fields import FIELDS
from response.setup.configuration.kinds.measurements import MEASUREMENTS
from response.setup.configuration.kinds.review_template import REVIEW_TEMPLATE
from response.setup.configuration.kinds.roles import ROLES
from response.setup.configuration.kinds.rules import RULES
from response.setup.configuration.kinds.severities import SEVERITIES
from response.setup.configuration.kinds.statuses import STATUSES

#: A kind comes after those to which its rows refer.
ALL: tuple[Kind, ...] = (SEVERITIES, STATUSES, ROLES, FIELDS, RULES, MEASUREMENTS, REVIEW_TEMPLATE)
