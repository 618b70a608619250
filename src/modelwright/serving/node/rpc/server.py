"""The gRPC face of a node: the same endpoints, batches and errors as over HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import msgspec
from google.protobuf.message import DecodeError

from modelwright.core.errors import BadInput, Internal, ModelwrightError, Unavailable
from modelwright.serving.node.calls import Call
from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.front import EXTENSIONS, Front
from modelwright.serving.node.large.aside import LARGE_BYTES
from modelwright.serving.node.large.work import read
from modelwright.serving.node.messages import Response
from modelwright.serving.node.rpc.call import GrpcCall
from modelwright.serving.node.rpc.messages import MESSAGES, PACKAGE
from modelwright.serving.node.rpc.room import Room
from modelwright.serving.node.v2 import metadata

_log = logging.getLogger(__name__)
SERVICE = f"{PACKAGE}.GRPCInferenceService"
# What Kubernetes' probes and load balancers ask.
HEALTH = "grpc.health.v1.Health"
_SERVING, _NOT_SERVING = 1, 2
_MESSAGE = 1000
# Beyond so many at a time, callers are told to come again; see `Room` for what they may bring.
_CALLS = 1024
Handler = Callable[[Any, Any], Awaitable[Any]]

_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


class Rpc:
    """The service's methods over a front."""

    def __init__(self, front: Front, software: str) -> None:
        self._front = front
        self._room = Room(front.body_bytes)
        self._software = software

    def handlers(self) -> dict[str, Handler]:
        return {
            "ServerLive": self._live,
            "ServerReady": self._ready,
            "ModelReady": self._model_ready,
            "ServerMetadata": self._server_metadata,
            "ModelMetadata": self._model_metadata,
            "RepositoryIndex": self._index,
        }

    @property
    def infer(self) -> Handler:
        """It takes its request from the call's context, and so when there is room for it."""
        return self._infer

    async def _live(self, _request: Any, _context: Any) -> Any:
        return MESSAGES["ServerLiveResponse"](live=True)

    async def _ready(self, _request: Any, _context: Any) -> Any:
        return MESSAGES["ServerReadyResponse"](ready=self._front.ready)

    async def health(self, request: Any, context: Any) -> Any:
        """Of the whole server or of the protocol's service: whether every deployment can answer."""
        if request.service not in {"", SERVICE}:
            return await _abort(context, 404, f"there is no service {request.service!r} here; {SERVICE} is")
        return MESSAGES["HealthCheckResponse"](status=_SERVING if self._front.ready else _NOT_SERVING)

    async def _model_ready(self, request: Any, _context: Any) -> Any:
        endpoint = self._front.endpoints.get(request.name)
        versions = {str(one.route.version.number) for one in endpoint.routes} if endpoint else set()
        ready = endpoint is not None and (not request.version or request.version in versions)
        return MESSAGES["ModelReadyResponse"](ready=ready)

    async def _server_metadata(self, _request: Any, _context: Any) -> Any:
        return MESSAGES["ServerMetadataResponse"](name="modelwright", version=self._software, extensions=EXTENSIONS)

    async def _model_metadata(self, request: Any, context: Any) -> Any:
        endpoint = await self._endpoint(request.name, context)
        try:
            route = endpoint.of_version(request.version) if request.version else endpoint.first
        except ModelwrightError as error:
            return await _abort(context, error.status, error.message)
        versions = [str(one.route.version.number) for one in endpoint.routes]
        told = msgspec.json.decode(metadata(request.name, versions, route.schema.signature, route.runner.outputs))
        return MESSAGES["ModelMetadataResponse"](**told)

    async def _infer(self, _requests: Any, context: Any) -> Any:
        try:
            body = await self._room.receive(context)
        except Unavailable as error:
            return await _abort(context, error.status, error.message)
        if not isinstance(body, bytes):
            return await _abort(context, 400, "the call ended before its request")
        try:
            return await self._answered(body, context)
        finally:
            self._room.leave(len(body))

    async def _answered(self, body: bytes, context: Any) -> Any:
        try:
            parse = MESSAGES["ModelInferRequest"].FromString
            request = parse(body) if len(body) <= LARGE_BYTES else await asyncio.to_thread(parse, body)
        except DecodeError:
            return await _abort(context, 400, "the request is no ModelInferRequest")
        endpoint = await self._endpoint(request.model_name, context)
        answered: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def done(response: Response) -> None:
            if not answered.done():
                answered.set_result(response)

        headers = {key.encode(): _bytes(value) for key, value in context.invocation_metadata() or ()}
        try:
            call: Call = GrpcCall(request, context.time_remaining())
        except BadInput as error:
            return await _abort(context, error.status, error.message)
        try:
            if len(body) > LARGE_BYTES:
                known = await asyncio.to_thread(read, call, endpoint.readings)
                # Meanwhile another version may have been put in its place.
                endpoint = await self._endpoint(request.model_name, context)
                call = known if known.knows(endpoint.readings) else call
            endpoint.ask(call, headers, done, request.model_version or None)
        except Exception:  # noqa: BLE001  # the request's edge: gRPC would tell the caller what only the log should say
            _log.exception("asking %s failed", endpoint.name)
            done(call.error(Internal("the node failed on this request; its log says more")))
        response = await answered
        if response.status != 200:  # noqa: PLR2004  # OK
            return await _abort(context, response.status, msgspec.json.decode(response.body, type=str))
        return response.body

    async def _index(self, _request: Any, _context: Any) -> Any:
        models = [
            {"name": name, "version": str(one.route.version.number), "state": "READY"}
            for name, endpoint in sorted(self._front.endpoints.items())
            for one in endpoint.routes
        ]
        return MESSAGES["RepositoryIndexResponse"](models=models)

    async def _endpoint(self, name: str, context: Any) -> Endpoint:
        found = self._front.endpoints.get(name)
        if found is None:
            why = self._front.absent(name)
            await _abort(context, why.status, why.message)
        return found  # type: ignore[return-value]  # `abort` raises


async def _abort(context: Any, status: int, message: str) -> Any:
    # It travels as a header, and clients refuse long ones, without a word of what was wrong.
    shown = message if len(message) <= _MESSAGE else f"{message[:_MESSAGE]}... ({len(message)} characters)"
    await context.abort(_CODES.get(status, grpc.StatusCode.INTERNAL), shown)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _written(message: Any) -> bytes:
    """Answers come as messages, or as bytes that are written already."""
    return message if isinstance(message, bytes) else bytes(message.SerializeToString())


async def listen(front: Front, software: str, host: str, port: int) -> tuple[Any, int]:
    """A started gRPC server and its port, which the system chooses when it is 0."""
    rpc = Rpc(front, software)
    limits = [("grpc.max_receive_message_length", front.body_bytes), ("grpc.max_send_message_length", -1)]
    # Without its probes, gRPC keeps 64 KB of a request that nobody has begun to read, and not megabytes.
    options = [*limits, ("grpc.so_reuseport", 0), ("grpc.http2.bdp_probe", 0)]
    server = grpc.aio.server(options=options, maximum_concurrent_rpcs=_CALLS)
    methods = {
        name: grpc.unary_unary_rpc_method_handler(
            handler, request_deserializer=MESSAGES[f"{name}Request"].FromString, response_serializer=_written
        )
        for name, handler in rpc.handlers().items()
    }
    methods["ModelInfer"] = grpc.stream_unary_rpc_method_handler(rpc.infer, response_serializer=_written)
    check = grpc.unary_unary_rpc_method_handler(
        rpc.health, request_deserializer=MESSAGES["HealthCheckRequest"].FromString, response_serializer=_written
    )
    services = {SERVICE: methods, HEALTH: {"Check": check}}
    server.add_generic_rpc_handlers(tuple(grpc.method_handlers_generic_handler(*one) for one in services.items()))
    bound = server.add_insecure_port(f"{host}:{port}")
    await server.start()
    return server, int(bound)
