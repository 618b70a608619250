"""Settings: what can be chosen about a server, from flags, the environment and a file.

A flag wins over the environment (`MODELWRIGHT_<NAME>`), the environment over the file (TOML, `--config` or
`MODELWRIGHT_CONFIG`), the file over the default. Every setting is described in docs/reference/settings.md; a test
holds the page to this table.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from modelwright.core.errors import BadInput

PREFIX: Final = "MODELWRIGHT_"
_LAST_PORT: Final = 65535


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One server's settings. Fields are the settings; their names are those of flags and variables."""

    home: str = "modelwright-data"
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5710
    database: str | None = None
    artifacts: str | None = None
    ledger_delta: str | None = None
    url_prefix: str = ""
    allowed_hosts: tuple[str, ...] = ()
    local_node: bool = True
    local_nodes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    node_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5711
    load_proof: bool = True
    load_proof_memory_mb: Annotated[int, msgspec.Meta(ge=64)] = 8192
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"
    access_log: bool = False
    shutdown_s: Annotated[float, msgspec.Meta(ge=0)] = 10.0

    def __post_init__(self) -> None:
        if self.local_nodes > 1 and not 0 < self.node_port <= _LAST_PORT - self.local_nodes:
            most = _LAST_PORT - self.local_nodes
            raise ValueError(f"{self.local_nodes} local nodes share node_port, which is from 1 to {most} then")
        if self.url_prefix and (not self.url_prefix.startswith("/") or self.url_prefix.endswith("/")):
            raise ValueError("url_prefix begins with a slash and does not end in one, as in /models")

    @property
    def home_path(self) -> Path:
        return Path(self.home).expanduser().resolve()

    @property
    def database_url(self) -> str:
        """The database given, or the file in the home folder."""
        return self.database or f"sqlite:///{self.home_path / 'modelwright.db'}"

    @property
    def artifacts_url(self) -> str:
        """The store given, or the folder in the home folder."""
        return self.artifacts or (self.home_path / "artifacts").as_uri()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def load_settings(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Settings:
    """The settings in force. `flags` that are None were not given.

    Raises BadInput, naming the setting and where its value came from.
    """
    environment = os.environ if environment is None else environment
    file = config or (Path(environment[PREFIX + "CONFIG"]) if PREFIX + "CONFIG" in environment else None)
    values: dict[str, Any] = {}
    if file is not None:
        values |= _checked(_from_file(file), f"the file {file}")
    values |= _checked(_from_environment(environment), "the environment")
    values |= _checked({k: v for k, v in (flags or {}).items() if v is not None}, "the flags")
    return msgspec.convert(values, Settings, strict=False)


class Described(msgspec.Struct, frozen=True):
    """A setting as people see it: passwords in addresses are hidden."""

    name: str
    value: str
    default: str
    variable: str


def described(settings: Settings) -> list[Described]:
    plain = Settings()
    return [
        Described(name, _shown(getattr(settings, name)), _shown(getattr(plain, name)), f"{PREFIX}{name.upper()}")
        for name in Settings.__struct_fields__
    ]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    text = "" if value is None else str(value)
    scheme, separator, rest = text.partition("://")
    if separator and "@" in rest:
        return f"{scheme}://***@{rest.rpartition('@')[2]}"
    return text


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"cannot read the settings in {file}: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        text = environment.get(PREFIX + name.upper())
        if text is not None:
            values[name] = [part.strip() for part in text.split(",") if part.strip()] if name in _LISTS else text
    return values


def _checked(values: dict[str, Any], source: str) -> dict[str, Any]:
    """`values` as they are, once they are known to convert. Raises BadInput."""
    try:
        msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"a setting from {source} is wrong: {error}") from error
    return values


_LISTS: Final = frozenset({"allowed_hosts"})
