"""`/api/v1/models` and everything below it."""

from modelwright.registry.routes.aliases import ROUTES as _ALIASES
from modelwright.registry.routes.datasets import ROUTES as _DATASETS
from modelwright.registry.routes.models import ROUTES as _MODELS
from modelwright.registry.routes.versions import ROUTES as _VERSIONS

ROUTES = [*_MODELS, *_VERSIONS, *_ALIASES, *_DATASETS]
