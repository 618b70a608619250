"""What was found about a version: metrics on datasets, its load-proof, its conversion, and the rollouts it was in."""

import math

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.registry.model.things import Version
from modelwright.serving.model import Segment, VersionRef
from modelwright.serving.origin import Equalled, Evaluations, Judged, Proven, Role, Score
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import parities as parity_store
from modelwright.serving.store import proofs as proof_store
from modelwright.serving.store import rollouts as rollout_store
from modelwright.tracking.model.runs import Run
from modelwright.tracking.service import logged_models

_MOST_ROLLOUTS = 50


def of(tx: ReadTx, version: Version, run: Run | None, segment: Segment) -> Evaluations:
    """Of the version, and of the very bytes that answered, which `segment` names."""
    proof = proof_store.find(tx, [segment.manifest]).get(segment.manifest)
    return Evaluations(
        scores=tuple(_scores(tx, version, run)),
        proof=None if proof is None else Proven(found_ms=proof.found_ms, finding=proof.finding),
        parities=tuple(
            Equalled(node=one.node, found_ms=one.found_ms, parity=one.parity)
            for one in parity_store.of(tx, segment.manifest)
        ),
        rollouts=tuple(_rollouts(tx, VersionRef(model=version.model, number=version.number))),
    )


def _scores(tx: ReadTx, version: Version, run: Run | None) -> list[Score]:
    """The logged model's metrics, from whichever run, and those of the version's run that are not among them."""
    found = []
    if version.logged_model_id is not None:
        try:
            metrics = logged_models.get(tx, version.logged_model_id).metrics
        except NotFound:
            metrics = []
        found = [
            Score(
                metric=one.key,
                value=None if math.isnan(one.value) else one.value,
                step=one.step,
                at_ms=one.ms,
                dataset=one.dataset_name,
                dataset_digest=one.dataset_digest,
                run_id=one.run_id,
            )
            for one in metrics
        ]
    if run is None:
        return found
    told = {(one.run_id, one.metric) for one in found}
    return found + [
        Score(
            metric=one.key,
            value=None if math.isnan(one.value) else one.value,
            step=one.step,
            at_ms=one.ms,
            dataset="",
            dataset_digest="",
            run_id=run.info.id,
        )
        for one in run.metrics
        if (run.info.id, one.key) not in told
    ]


def _rollouts(tx: ReadTx, version: VersionRef) -> list[Judged]:
    said = str(version)
    found = []
    for kept in rollout_store.naming(tx, said, limit=_MOST_ROLLOUTS):
        plan = kept.state.plan
        is_candidate = plan.candidate_label == said
        found.append(
            Judged(
                rollout=kept.id,
                deployment=deployment_store.by_pk(tx, kept.deployment_pk).name,
                role=Role.CANDIDATE if is_candidate else Role.CONTROL,
                against=plan.control_label if is_candidate else plan.candidate_label,
                phase=kept.state.phase,
                reason=kept.state.reason,
                started_ms=kept.created_ms,
                updated_ms=kept.updated_ms,
            )
        )
    return found
