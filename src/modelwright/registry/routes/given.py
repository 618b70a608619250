"""What these routes ask for in their signatures."""

from typing import Annotated

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation

from modelwright.registry.service.neighbours import Neighbours

Others = NamedDependency[SkipValidation[Neighbours]]
Force = Annotated[bool, QueryParameter(description="Also delete what something live relies on.")]
Filter = Annotated[
    str, QueryParameter(name="filter", description="In MLflow's search language, such as name LIKE 'fraud%'.")
]
OrderBy = Annotated[list[str] | None, QueryParameter(description="A name and ASC or DESC; may be repeated.")]


def given(neighbours: Neighbours) -> dict[str, Provide]:
    """The provider of `neighbours`, for the application."""

    def provide() -> Neighbours:
        return neighbours

    return {"neighbours": Provide(provide, sync_to_thread=False)}
