"""The node's one core: a request in, a response out, whatever carried it.

`begin` answers through a callback, so that a batch of answers needs no tasks; `handle` is the same for those who
await. Addresses:

    POST /v2/models/{name}[/versions/{number}]/infer      Open Inference Protocol
    GET  /v2, /v2/health/live, /v2/health/ready, /v2/models, /v2/models/{name}[/versions/{number}][/ready]
    POST /v2/repository/index
    POST /deployments/{name}/invocations                  MLflow's protocol
    POST /invocations, GET /ping, /health, /version       the same at MLflow's own addresses, while there is one
                                                          deployment, or with the header Modelwright-Deployment
    POST /deployments/{name}/predict                      our own
    GET  /deployments, /deployments/{name}/openapi.json, /metrics
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from modelwright.core.errors import BadInput, Internal, ModelwrightError, NoSuchRoute, NotFound, TooLarge, Unavailable
from modelwright.serving.node import insides, invocations, named, off_record, openapi, stored, v2
from modelwright.serving.node.browsers import check_page
from modelwright.serving.node.encoding import compressed, decompressed
from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.large.aside import LARGE_BYTES, Aside
from modelwright.serving.node.large.work import PARSERS, ReadCall
from modelwright.serving.node.messages import TEXT, Body, Done, Headers, Request, Response, with_retry

_log = logging.getLogger(__name__)

Handler = Callable[[Request, Done], None]
Failure = Callable[[ModelwrightError], Response]

BODY_BYTES = 64 * 1024 * 1024
# Larger answers are compressed, and larger bodies unfolded, on a thread: the event loop is everybody's.
ASIDE_BYTES, ASIDE_UNFOLD_BYTES = 256 * 1024, 4096
DEPLOYMENT_HEADER = b"modelwright-deployment"
EXTENSIONS = ["binary_tensor_data", "model_repository"]
_NAMES_SAID = 10
_FAILURES: dict[str, Failure] = {"v2": v2.failure, "invocations": invocations.failure, "named": named.failure}
_asked = msgspec.json.Decoder(dict[str, object])


class MethodNotAllowed(BadInput):
    """`allowed` says which methods there are, as RFC 9110, 15.5.6, asks for."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, message: str, allowed: bytes) -> None:
        super().__init__(message)
        self.allowed = allowed


class _Askers(NamedTuple):
    """An endpoint, and what answers at the addresses that are its own."""

    endpoint: Endpoint
    posts: dict[str, Handler]


class Front:
    """All endpoints of a node. `replace` swaps them between two requests; what is under way ends where it began."""

    def __init__(
        self,
        *,
        software: str,
        metrics: Callable[[], Response],
        body_bytes: int = BODY_BYTES,
        trouble: Callable[[], str] = lambda: "",
        aside: Aside | None = None,
    ) -> None:
        """`trouble` says why the ledger takes no rows now; predictions are answered all the same.

        Large bodies are read by `aside`; without it, on the event loop.
        """
        self._trouble = trouble
        self._aside = aside
        self._software = software
        self._metrics = metrics
        self.body_bytes = body_bytes
        self._endpoints: dict[str, Endpoint] = {}
        # By deployment. Made once for an endpoint: a node of many deployments is told of one that changes at a time.
        self._askers: dict[str, _Askers] = {}
        self._posts: dict[str, Handler] = {}
        # None until somebody, if only the node's own disk, has said what to serve.
        self._expected: frozenset[str] | None = None
        self.draining = False
        # Set once, when all that should be here can answer for the first time.
        self.was_ready = asyncio.Event()
        # Reads what an answer is made of from inside a model; None: nothing here does. Set before there are endpoints.
        self.read_inside: insides.Read | None = None
        # Names under which browsers may know a node that is reached from this machine alone; None: any.
        self.own_names: frozenset[str] | None = None

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        return self._endpoints

    @property
    def ready(self) -> bool:
        """It is known which deployments should be here, and every one can answer."""
        return not self.draining and self._expected is not None and self._expected <= self._endpoints.keys()

    @property
    def _missing(self) -> list[str]:
        return sorted((self._expected or frozenset()) - self._endpoints.keys())

    def replace(self, endpoints: Mapping[str, Endpoint], expected: frozenset[str]) -> None:
        """Serve these from now on. `expected` names the deployments without which the node is not ready."""
        self._askers = {
            name: have
            if (have := self._askers.get(name)) is not None and have.endpoint is endpoint
            else self._asked_at(endpoint)
            for name, endpoint in endpoints.items()
        }
        posts: dict[str, Handler] = {"/v2/repository/index": self._index}
        for one in self._askers.values():
            posts |= one.posts
        posts["/invocations"] = self._only_invocations
        self._endpoints = dict(endpoints)
        self._posts = posts
        self._expected = expected
        if self.ready:
            self.was_ready.set()

    def _asked_at(self, endpoint: Endpoint) -> _Askers:
        name = endpoint.name
        posts: dict[str, Handler] = {
            f"/v2/models/{name}/infer": self._asker(endpoint, "v2"),
            f"/deployments/{name}/invocations": self._asker(endpoint, "invocations"),
            f"/deployments/{name}/predict": self._asker(endpoint, "named"),
        }
        for route in endpoint.routes:
            number = str(route.route.version.number)
            posts[f"/v2/models/{name}/versions/{number}/infer"] = self._asker(endpoint, "v2", number)
            posts[f"/deployments/{name}/versions/{number}/rehearse"] = _rehearser(endpoint, number)
            if self.read_inside is not None:
                shares = _sharer(endpoint, number, self.read_inside)
                posts[f"/deployments/{name}/versions/{number}/shares"] = shares
        return _Askers(endpoint, posts)

    async def handle(self, method: str, path: str, headers: Headers, body: Body) -> Response:
        """The response to one request; never raises."""
        answered: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def done(response: Response) -> None:
            if not answered.done():
                answered.set_result(response)

        self.begin(Request(method, path, headers, body), done)
        return await answered

    def begin(self, request: Request, done: Done) -> None:
        """Answer through `done`, exactly once, perhaps before this returns. Use from the event loop only."""
        headers = request.headers
        if b"accept-encoding" in headers:
            done = _compressing(headers[b"accept-encoding"], done)
        try:
            if len(request.body) > self.body_bytes:
                done(too_large(request.path, self.body_bytes))
                return
            if request.method == "POST" and (b"origin" in headers or b"sec-fetch-site" in headers):
                check_page(headers, self.own_names)
            if b"content-encoding" in headers:
                if len(request.body) > ASIDE_UNFOLD_BYTES:
                    self._unfold_aside(request, done)
                    return
                request.body = decompressed(headers[b"content-encoding"], request.body, self.body_bytes)
            self._hand_on(request, done)
        except Exception as error:  # noqa: BLE001  # the request's edge: one request must not end the node
            _fail(request, error, done)

    def _hand_on(self, request: Request, done: Done) -> None:
        handler = self._posts.get(request.path) if request.method == "POST" else None
        if handler is None and request.method == "POST":
            handler = self._posts.get(request.path.rstrip("/"))
        if handler is not None:
            handler(request, done)
        else:
            done(self._answer(request))

    def _unfold_aside(self, request: Request, done: Done) -> None:
        """A small body may unfold to one that takes a while: on a thread, where others need not wait for it."""

        def unfolded(found: asyncio.Future[Body]) -> None:
            try:
                request.body = found.result()
                self._hand_on(request, done)
            except Exception as error:  # noqa: BLE001  # the request's edge: one request must not end the node
                _fail(request, error, done)

        coding = request.headers[b"content-encoding"]
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, decompressed, coding, request.body, self.body_bytes).add_done_callback(unfolded)

    def _answer(self, request: Request) -> Response:
        """Everything that is not asked of a model."""
        path = request.path.rstrip("/") or "/"
        if request.method == "POST":
            if path.endswith(("/infer", "/invocations", "/predict")):
                raise self._unknown(path)
            raise NoSuchRoute(f"nothing is served at POST {path}")
        if path in self._posts:
            raise MethodNotAllowed(f"{path} is asked with POST", b"POST")
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(f"{request.method} is not served here; GET and POST are", b"GET, HEAD, POST")
        plain = {
            "/v2": self._server,
            "/v2/models": self._models,
            "/v2/health/live": _alive,
            "/v2/health/ready": self._readiness,
            "/ping": self._ping,
            "/health": self._ping,
            "/version": lambda: Response(200, self._software.encode(), TEXT),
            "/metrics": self._metrics,
            "/deployments": self._deployments,
        }.get(path)
        if plain is not None:
            return plain()
        parts = path.split("/")[1:]
        if parts[0] == "deployments" and parts[2:] == ["openapi.json"]:
            return Response(200, openapi.document(self._endpoint(parts[1])))
        if parts[:2] == ["v2", "models"] and len(parts) >= 3:  # noqa: PLR2004  # v2, models, name
            return self._model(parts[2], parts[3:])
        raise NoSuchRoute(f"nothing is served at {path}")

    def _endpoint(self, name: str) -> Endpoint:
        found = self._endpoints.get(name)
        if found is None:
            raise self.absent(name)
        return found

    def absent(self, name: str) -> ModelwrightError:
        """Why `name` is not among the endpoints: only what is not to be served here is worth no second try."""
        if self._expected is None:
            return Unavailable("the node has not heard yet what to serve; ask again")
        if name in self._expected:
            return Unavailable(f"no version of deployment {name!r} is loaded here yet; ask again", deployment=name)
        return NotFound(f"no deployment {name!r} is served here; {_served_words(self._endpoints)}", deployment=name)

    def _unknown(self, path: str) -> ModelwrightError:
        parts = path.split("/")
        name = parts[3] if path.startswith("/v2/models/") and len(parts) > 3 else parts[2] if len(parts) > 2 else ""  # noqa: PLR2004
        if name in self._endpoints:
            return NotFound(f"deployment {name!r} has no such version", deployment=name)
        return self.absent(name)

    def _model(self, name: str, rest: list[str]) -> Response:
        endpoint = self._endpoint(name)
        route = endpoint.first
        if rest[:1] == ["versions"] and len(rest) > 1:
            route = endpoint.of_version(rest[1])
            rest = rest[2:]
        if rest == ["ready"]:
            return Response(200)
        if rest:
            raise NoSuchRoute(f"a model has no {'/'.join(rest)!r}")
        versions = [str(one.route.version.number) for one in endpoint.routes]
        return Response(200, v2.metadata(name, versions, route.schema.signature, route.runner.outputs))

    def _server(self) -> Response:
        said = {"name": "modelwright", "version": self._software, "extensions": EXTENSIONS}
        return Response(200, msgspec.json.encode(said))

    def _models(self) -> Response:
        """Their names, as KServe lists them."""
        return Response(200, msgspec.json.encode({"models": sorted(self._endpoints)}))

    def _readiness(self) -> Response:
        said = {
            "ready": self.ready,
            "informed": self._expected is not None,
            "missing": self._missing,
            "ledger": self._trouble() or "ok",
        }
        body = msgspec.json.encode(said)
        return Response(200 if self.ready else 503, body)

    def _ping(self) -> Response:
        return Response(200 if self.ready else 503, b"\n")

    def _deployments(self) -> Response:
        return Response(
            200,
            msgspec.json.encode(
                [
                    {
                        "name": name,
                        "routes": [
                            {
                                "id": one.route.id,
                                "version": one.version,
                                "share": one.route.share,
                                "mode": one.route.mode,
                                "engine": one.runner.engine,
                                "isolated": one.runner.isolated,
                            }
                            for one in endpoint.routes
                        ],
                    }
                    for name, endpoint in sorted(self._endpoints.items())
                ]
            ),
        )

    def _index(self, request: Request, done: Done) -> None:
        asked = v2.decode_json(_asked, request.body or b"{}")
        entries = [
            {"name": name, "version": str(one.route.version.number), "state": "READY", "reason": ""}
            for name, endpoint in sorted(self._endpoints.items())
            for one in endpoint.routes
        ]
        if not asked.get("ready"):
            entries += [
                {"name": one, "version": "", "state": "UNAVAILABLE", "reason": "loading"} for one in self._missing
            ]
        done(Response(200, msgspec.json.encode(entries)))

    def _only_invocations(self, request: Request, done: Done) -> None:
        chosen = request.headers.get(DEPLOYMENT_HEADER, b"").decode(errors="replace")
        if not chosen and len(self._endpoints) != 1:
            if not self._endpoints and (self._missing or self._expected is None):
                raise self.absent(next(iter(self._missing), ""))
            raise BadInput(
                f"this node has {len(self._endpoints)} deployments ({', '.join(sorted(self._endpoints))}); "
                "ask /deployments/<name>/invocations, or name one in the header Modelwright-Deployment"
            )
        endpoint = self._endpoint(chosen) if chosen else next(iter(self._endpoints.values()))
        self._asker(endpoint, "invocations")(request, done)

    def _asker(self, endpoint: Endpoint, protocol: str, version: str | None = None) -> Handler:
        parse, failure = PARSERS[protocol], _FAILURES[protocol]

        def ask(request: Request, done: Done) -> None:
            if self._aside is not None and _reading_bytes(protocol, request) > LARGE_BYTES:
                self._read_aside(self._aside, endpoint, protocol, version, request, done)
                return
            try:
                call = parse(request)
            except ModelwrightError as error:
                done(failure(error))
                return
            endpoint.ask(call, request.headers, done, version)

        return ask

    def _read_aside(
        self, aside: Aside, endpoint: Endpoint, protocol: str, version: str | None, request: Request, done: Done
    ) -> None:
        began = time.perf_counter()

        def told(found: ReadCall | ModelwrightError) -> None:
            try:
                if isinstance(found, ModelwrightError):
                    done(with_retry(_FAILURES[protocol](found)))
                    return
                # Meanwhile another version may have been put in its place: whoever answers now is asked.
                now = self._endpoint(endpoint.name)
                if found.knows(now.readings):
                    request.body = b""
                    now.ask(found, request.headers, done, version, began=began)
                else:
                    aside.read(protocol, request.headers, request.body, now.readings, told)
            except Exception as error:  # noqa: BLE001  # the request's edge: one request must not end the node
                _fail(request, error, done)

        aside.read(protocol, request.headers, request.body, endpoint.readings, told)


def _reading_bytes(protocol: str, request: Request) -> int:
    """How much of the body takes time to read."""
    size = len(request.body)
    return v2.telling_bytes(request) if protocol == "v2" and size > LARGE_BYTES else size


def _rehearser(endpoint: Endpoint, version: str) -> Handler:
    def rehearse(request: Request, done: Done) -> None:
        try:
            call = stored.parse(request)
        except ModelwrightError as error:
            done(named.failure(error))
            return
        off_record.ask(endpoint, call, request.headers, done, version)

    return rehearse


def _sharer(endpoint: Endpoint, version: str, read: insides.Read) -> Handler:
    def share(request: Request, done: Done) -> None:
        def told(task: asyncio.Task[Response]) -> None:
            _asking.discard(task)
            if task.cancelled():
                done(with_retry(named.failure(Unavailable("the node is ending; ask again"))))
                return
            error = task.exception()
            if error is None:
                done(task.result())
            else:
                _fail(request, error if isinstance(error, Exception) else RuntimeError(str(error)), done)

        task = asyncio.get_running_loop().create_task(insides.shares(endpoint, version, request, read))
        _asking.add(task)
        task.add_done_callback(told)

    return share


# The loop keeps weak references only.
_asking: set[asyncio.Task[Response]] = set()


def too_large(path: str, limit_bytes: int) -> Response:
    """What a carrier answers when it stops reading a body."""
    return _failure_for(path)(TooLarge(f"the body has more than {limit_bytes} bytes, which is the limit"))


def _alive() -> Response:
    return Response(200, b'{"live":true}')


def _served_words(endpoints: Iterable[str]) -> str:
    """What there is, for who asked for something else; of many the first few."""
    names = sorted(endpoints)
    if not names:
        return "there are none yet"
    many = len(names) > _NAMES_SAID
    return f"there are {f'{len(names)}, such as ' if many else ''}{', '.join(names[:_NAMES_SAID])}"


def _failure_for(path: str) -> Failure:
    if path.startswith("/v2"):
        return v2.failure
    return invocations.failure if path.endswith("/invocations") else named.failure


def _fail(request: Request, error: Exception, done: Done) -> None:
    failure = _failure_for(request.path)
    if isinstance(error, ModelwrightError):
        response = with_retry(failure(error))
        if isinstance(error, MethodNotAllowed):
            response.headers = (*response.headers, (b"Allow", error.allowed))
        done(response)
        return
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    done(failure(Internal("the node failed on this request; its log says more")))


def _compressing(accepted: bytes, done: Done) -> Done:
    def compress(response: Response) -> None:
        if len(response.body) < ASIDE_BYTES:
            done(compressed(accepted, response))
            return

        def finished(found: asyncio.Future[Response]) -> None:
            done(response if found.cancelled() or found.exception() is not None else found.result())

        work = asyncio.get_running_loop().run_in_executor(None, compressed, accepted, response)
        work.add_done_callback(finished)

    return compress
