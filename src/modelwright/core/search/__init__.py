"""A small search language: `a.b = 'x' AND c.d > 5`, and the terms to order by.

It knows no domain: a room describes what can be asked of its things in a `Grammar`, and gets back clauses
and terms whose names, operators and values are all known to be allowed. Nothing here touches a database.
"""

from modelwright.core.search.errors import QueryError as QueryError
from modelwright.core.search.grammar import Domain as Domain
from modelwright.core.search.grammar import Grammar as Grammar
from modelwright.core.search.grammar import Operator as Operator
from modelwright.core.search.grammar import Operators as Operators
from modelwright.core.search.grammar import Subject as Subject
from modelwright.core.search.grammar import Values as Values
from modelwright.core.search.ordering import parse_order as parse_order
from modelwright.core.search.parser import CLAUSES_LIMIT as CLAUSES_LIMIT
from modelwright.core.search.parser import parse_filter as parse_filter
from modelwright.core.search.query import Clause as Clause
from modelwright.core.search.query import Field as Field
from modelwright.core.search.query import Literal as Literal
from modelwright.core.search.query import Term as Term
