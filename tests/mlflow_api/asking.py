"""Requests to the protocol's routes over a real database, in the test's own process."""

import asyncio
from typing import Any

import httpx
from litestar import Litestar

from modelwright.core.auth import local_user
from modelwright.core.db.database import Database
from modelwright.core.http.guard import needs_are_met
from modelwright.mlflow_api import experiments, logged_models, metrics, run_inputs, runs
from modelwright.mlflow_api.house import House
from modelwright.mlflow_api.routing import Shortcut, protocol

TRACKING = (experiments, runs, metrics, run_inputs, logged_models)


class Asking:
    """A client of a server without a socket. `fail` answers (status, error_code, message)."""

    def __init__(self, db: Database) -> None:
        house = House(db=db, files=None)  # type: ignore[arg-type]  # these handlers touch no files
        endpoints = [each for part in TRACKING for each in part.ENDPOINTS]
        made = protocol(house, endpoints)
        self._app = Shortcut(Litestar(made.routes, guards=[needs_are_met], openapi_config=None), made.fixed)

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **said: Any) -> httpx.Response:
        """`said` is the query of a GET and the JSON body of everything else."""
        how: dict[str, Any] = {"params": said} if method == "GET" else {"json": said}

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["actor"] = local_user("ann")
            await self._app(scope, receive, send)

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, f"/api/2.0/mlflow/{path}", headers=headers, **how)

        return asyncio.run(asked())

    def post(self, path: str, **said: Any) -> dict[str, Any]:
        return self._fine(self.ask("POST", path, **said))

    def get(self, path: str, **said: Any) -> dict[str, Any]:
        return self._fine(self.ask("GET", path, **said))

    def fail(self, method: str, path: str, **said: Any) -> tuple[int, str, str]:
        answer = self.ask(method, path, **said)
        body = answer.json()
        return answer.status_code, body.get("error_code", ""), body.get("message", "")

    def new_run(self, **said: Any) -> str:
        run_id: str = self.post("runs/create", **{"experiment_id": "0", **said})["run"]["info"]["run_id"]
        return run_id

    def _fine(self, answer: httpx.Response) -> dict[str, Any]:
        assert 200 == answer.status_code, answer.text
        body: dict[str, Any] = answer.json()
        return body
