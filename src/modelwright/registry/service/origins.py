"""What the tracking room knows of the runs and logged models that versions come from."""

from modelwright.core.auth import Actor
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import NotFound
from modelwright.registry.service.neighbours import Origin
from modelwright.tracking.service import runs


class Tracked:
    """Origins that are runs and logged models of this server."""

    def run(self, tx: ReadTx, run_id: str) -> Origin | None:
        try:
            return Origin(location=runs.get(tx, run_id).artifact_uri)
        except NotFound:
            return None

    def logged_model(self, tx: ReadTx, model_id: str) -> Origin | None:
        del tx, model_id
        return None

    def registered(self, tx: WriteTx, actor: Actor, model_id: str, model: str, number: int) -> None:
        del tx, actor, model_id, model, number
