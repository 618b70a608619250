"""`/api/v1/deployments`, `/rollouts`, `/nodes`, `/predictions`."""

from typing import Any

from modelwright.serving.routes.deployments import DEPLOYMENTS
from modelwright.serving.routes.ledger import LEDGER
from modelwright.serving.routes.nodes import NODES
from modelwright.serving.routes.outcomes import OUTCOMES
from modelwright.serving.routes.packages import PACKAGES
from modelwright.serving.routes.predictions import PREDICTIONS
from modelwright.serving.routes.proofs import PROOFS
from modelwright.serving.routes.rollouts import ROLLOUTS
from modelwright.serving.routes.traffic import TRAFFIC
from modelwright.serving.routes.trying import TRYING

ROUTES: list[Any] = [
    *DEPLOYMENTS,
    *LEDGER,
    *NODES,
    *OUTCOMES,
    *PACKAGES,
    *PREDICTIONS,
    *PROOFS,
    *ROLLOUTS,
    *TRAFFIC,
    *TRYING,
]
