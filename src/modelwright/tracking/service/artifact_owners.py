"""Runs and logged models as owners of artifacts: what the room of artifacts asks about them."""

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput, NotFound
from modelwright.tracking.model.locations import OWN_ROOT
from modelwright.tracking.service import logged_models, runs


class TrackedOwners:
    """Answers for `runs/<run id>` and `logged-models/<model id>`; see `artifacts.service.Owners`."""

    def location(self, tx: ReadTx, owner: str, *, writing: bool) -> str:
        """The artifact URI, inside the server's own store.

        Raises NotFound for what does not exist, and BadInput for what is deleted when `writing`, or has its artifacts
        in a store of the clients' own. A logged model that is deleted is NotFound when `writing`.
        """
        kind, _, id_ = owner.partition("/")
        if kind == "runs":
            run = runs.get(tx, id_)
            if writing:
                run.check_active()
            return _own(owner, run.artifact_uri)
        if kind == "logged-models":
            model = logged_models.get(tx, id_, deleted_too=not writing)
            return _own(owner, model.artifact_location)
        raise NotFound(f"nothing called {owner} has artifacts", owner=owner)


def _own(owner: str, location: str) -> str:
    if not location.startswith(OWN_ROOT):
        raise BadInput(
            f"the artifacts of {owner} are at {location}: clients read and write them there; the server does neither",
            location=location,
        )
    return location
