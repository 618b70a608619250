"""`/api/v1/models/{name}/versions/{number}/proof`: whether a version opens and answers in an environment of its own."""

from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, PathParameter

from modelwright.core.auth import Permission
from modelwright.core.db.tx import ReadTx
from modelwright.core.http.given import Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.registry.service import search
from modelwright.serving.service import proofs
from modelwright.serving.shown import ProofShown

_TAGS = ["serving"]
_PROOF = "/api/v1/models/{name:str}/versions/{number:int}/proof"
Number = Annotated[int, PathParameter(ge=1)]


@get(_PROOF, opt={"needs": Permission.READ}, tags=_TAGS)
async def show_proof(db: Db, name: FromPath[str], number: Number) -> ProofShown:
    return await db.read(lambda tx: proofs.show(tx, name, number))


@post(_PROOF, opt={"needs": Permission.REGISTER}, tags=_TAGS, status_code=202)
async def ask_for_proof(db: Db, name: FromPath[str], number: Number) -> ProofShown:
    """Prove the version anew, as soon as the server gets to it."""
    return await db.write(lambda tx: proofs.ask(tx, name, number))


@get("/api/v1/models/{name:str}/proofs", opt={"needs": Permission.READ}, tags=_TAGS)
async def list_proofs(
    db: Db, name: FromPath[str], limit: Limit = 100, page_token: PageToken = None
) -> Page[ProofShown]:
    """The proofs of a model's versions, the newest version first; of those without one, that there is none."""

    def look(tx: ReadTx) -> Page[ProofShown]:
        found, more, total = search.versions_of_model(tx, name, limit=limit, token=page_token)
        return Page(items=proofs.of_model(tx, found), total=total, next_page_token=more)

    return await db.read(look)


PROOFS: list[Any] = [show_proof, ask_for_proof, list_proofs]
