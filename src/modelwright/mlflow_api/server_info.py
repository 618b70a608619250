"""What MLflow's clients ask a server about itself."""

from typing import Final

from modelwright.core.auth import Permission
from modelwright.mlflow_api.routing import API_3, Call, endpoint
from modelwright.mlflow_api.wire.values import Request, Response


class ServerInfo(Response, frozen=True, kw_only=True, omit_defaults=False):
    """MLflow's flags; `store_type` is a name of MLflow's, and its clients show more for this one.

    Downloads by ranges are not announced although they work: a client that hears of them asks for each file twice, and
    from one server a file comes no faster in pieces. `MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD=true` has them anyway.
    """

    store_type: str = "SqlStore"
    workspaces_enabled: bool = False
    trace_archival_enabled: bool = False
    multipart_uploads_enabled: bool = True
    multipart_downloads_enabled: bool = False
    presigned_upload_run_id_supported: bool = False
    presigned_upload_model_id_supported: bool = False


class ServerInfoRequest(Request, frozen=True, kw_only=True):
    """It takes nothing."""


async def server_info(_call: Call, _request: ServerInfoRequest) -> ServerInfo:
    return _INFO


_INFO: Final = ServerInfo()

ENDPOINTS: Final = (
    endpoint("GET", "server-info", ServerInfoRequest, server_info, needs=Permission.PUBLIC, prefixes=API_3),
)
