"""Reading about one dataset: what it is, and which runs used it."""

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.core.limits import INT64_MAX
from modelwright.core.pages import Page, fingerprint, page_token, position
from modelwright.tracking.model.dataset_pages import DatasetShown, DatasetSource, DatasetUse, MeasuredOn
from modelwright.tracking.store import dataset_pages as store


def show(tx: ReadTx, name: str, digest: str) -> DatasetShown:
    """Raises NotFound."""
    rows = store.named(tx, name, digest)
    if not rows:
        raise NotFound(f"no run used a dataset {name!r} with the digest {digest!r}", name=name, digest=digest)
    sources = dict.fromkeys((source_type, source) for _, _, source_type, source, _, _ in rows)
    return DatasetShown(
        name=name,
        digest=digest,
        sources=[DatasetSource(*one) for one in sources],
        schema=next((schema for *_, schema, _ in rows if schema), ""),
        profile=next((profile for *_, profile in rows if profile), ""),
        experiments=[str(experiment) for _, experiment, *_ in rows],
    )


def uses(tx: ReadTx, name: str, digest: str, *, limit: int, token: str | None = None) -> Page[DatasetUse]:
    """Runs that used it, the newest first; none of a dataset that there is not."""
    query = fingerprint("dataset uses", name, digest)
    before_pk = position(token, query, (int,))[0] if token else INT64_MAX
    pks = [row[0] for row in store.named(tx, name, digest)]
    found = store.uses(tx, pks, before_pk=before_pk, limit=limit + 1)
    here, more = found[:limit], found[limit:]
    return Page(items=[use for _, use in here], next_page_token=page_token(query, [here[-1][0]]) if more else None)


def measured(tx: ReadTx, name: str, digest: str, model_ids: list[str]) -> list[MeasuredOn]:
    """Metrics of these logged models on the dataset."""
    return store.measured(tx, name, digest, model_ids)
