"""Bringing an image layout to a registry, by the OCI distribution API (distribution-spec 1.1)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from modelwright.core.errors import BadInput, Denied, Unavailable
from modelwright.serving.packing.image import MANIFEST_TYPE

USER, PASSWORD = "MODELWRIGHT_REGISTRY_USER", "MODELWRIGHT_REGISTRY_PASSWORD"
_REFERENCE = re.compile(
    r"(?P<host>[^/]+)/(?P<name>[a-z0-9]+(?:[._/-][a-z0-9]+)*):(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
)
_CHUNK_BYTES = 1 << 20


def push(layout: Path, reference: str, *, plain_http: bool, tell: Callable[[str], None]) -> str:
    """The digest under which the registry has the image now. Layers that it has already are not sent again.

    Raises BadInput for a reference that is none, Denied when the registry wants somebody else, and Unavailable.
    """
    parsed = _REFERENCE.fullmatch(reference)
    if parsed is None:
        raise BadInput(f"{reference!r} is no image; write such as registry.example/models/fraud:17")
    scheme = "http" if plain_http else "https"
    with httpx.Client(base_url=f"{scheme}://{parsed['host']}", timeout=300) as client:
        try:
            return _Registry(client, parsed["name"]).take(layout, parsed["tag"], tell)
        except httpx.HTTPError as error:
            raise Unavailable(f"the registry {parsed['host']} does not answer: {error!r}") from error


class _Registry:
    def __init__(self, client: httpx.Client, name: str) -> None:
        self._client = client
        self._name = name
        self._log_in()

    def take(self, layout: Path, tag: str, tell: Callable[[str], None]) -> str:
        (pointer,) = json.loads((layout / "index.json").read_bytes())["manifests"]
        content = _blob(layout, pointer["digest"]).read_bytes()
        manifest = json.loads(content)
        for each in (*manifest["layers"], manifest["config"]):
            tell(each["digest"])
            self._send(layout, each)
        address = f"/v2/{self._name}/manifests/{tag}"
        _expect(self._client.put(address, content=content, headers={"content-type": MANIFEST_TYPE}))
        return str(pointer["digest"])

    def _send(self, layout: Path, blob: dict[str, Any]) -> None:
        if self._client.head(f"/v2/{self._name}/blobs/{blob['digest']}").is_success:
            return
        begun = _expect(self._client.post(f"/v2/{self._name}/blobs/uploads/"))
        place = httpx.URL(begun.headers["location"]).copy_merge_params({"digest": blob["digest"]})
        headers = {"content-type": "application/octet-stream", "content-length": str(blob["size"])}
        _expect(self._client.put(place, content=_chunks(_blob(layout, blob["digest"])), headers=headers))

    def _log_in(self) -> None:
        """Whatever the registry asks for: nothing, a password, or a token that a password is exchanged for."""
        asked = self._client.get("/v2/")
        if asked.status_code != httpx.codes.UNAUTHORIZED:
            _expect(asked)
            return
        user, password = os.environ.get(USER), os.environ.get(PASSWORD)
        account = httpx.BasicAuth(user, password) if user and password else None
        challenge = asked.headers.get("www-authenticate", "")
        if challenge.lower().startswith("bearer "):
            said = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
            params = {"service": said.get("service", ""), "scope": f"repository:{self._name}:pull,push"}
            token = _expect(self._client.get(said["realm"], params=params, auth=account)).json()
            self._client.headers["authorization"] = f"Bearer {token.get('token') or token['access_token']}"
        elif account is None:
            raise Denied(f"the registry asks who you are; set {USER} and {PASSWORD}")
        else:
            self._client.auth = account


def _expect(answer: httpx.Response) -> httpx.Response:
    if answer.status_code in {401, 403}:
        raise Denied(
            f"the registry refused {answer.request.method} {answer.request.url.path}; {USER} may not push there"
        )
    if answer.is_error:
        said = answer.text[:300]
        raise Unavailable(f"the registry answered {answer.status_code} to {answer.request.url.path}: {said}")
    return answer


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
