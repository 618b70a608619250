"""An OCI image layout on disk (image-spec 1.1), made without a container engine: layers, config, manifest, index.

Three layers, from what changes seldom to what changes with every version: the interpreter with the system's libraries,
the packages of the lock, and the model with our node.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from modelwright.core.errors import Unavailable
from modelwright.serving.node.environments import find_uv
from modelwright.serving.packing.archive import FOLDER, Entries, Entry, tree, write_gzip
from modelwright.serving.packing.bundle import Bundle, check_python, runtime

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
_USER = 65532
_PORT = 8080
_LEFT_OUT = frozenset(
    {"__pycache__", "ensurepip", "idlelib", "lib2to3", "site-packages", "test", "tests", "tkinter", "turtledemo"}
)
# What wheels for Linux may take for granted (PEP 600), besides what the interpreter itself is linked to.
_TAKEN_FOR_GRANTED = ("libstdc++.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

Tell = Callable[[str], None]


def write_layout(bundle: Bundle, folder: Path, *, tell: Tell) -> str:
    """Write the layout into the empty `folder`; the digest of the image's manifest.

    Raises BadInput for a version of another Python than this, and Unavailable when its packages cannot be had.
    """
    check_python(bundle)
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        tell("packages")
        packages = _packages(bundle, Path(scratch))
        layers = []
        for name, entries in (
            ("interpreter", _interpreter(bundle)),
            ("packages", packages),
            ("model", _model(bundle)),
        ):
            tell(name)
            layers.append(_layer(blobs, entries))
    config = _put(blobs, _config(bundle, [one["diff_id"] for one in layers]))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": _CONFIG_TYPE, **config},
        "layers": [{"mediaType": _LAYER_TYPE, "digest": one["digest"], "size": one["size"]} for one in layers],
        "annotations": _annotations(bundle),
    }
    written = _put(blobs, manifest)
    pointer = {
        "mediaType": MANIFEST_TYPE,
        **written,
        "annotations": {"org.opencontainers.image.ref.name": bundle.version.replace(":", "-")},
    }
    index = {"schemaVersion": 2, "mediaType": _INDEX_TYPE, "manifests": [pointer]}
    (folder / "index.json").write_bytes(_json(index))
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return str(written["digest"])


def _interpreter(bundle: Bundle) -> Entries:
    """This interpreter and its library under /usr/local, and the shared libraries that it is linked to."""
    name = f"python{bundle.python}"
    library = Path(sys.base_prefix) / "lib" / name
    executable = Path(sys.base_prefix) / "bin" / name
    found = {
        path: entry
        for path, entry in tree(library, f"usr/local/lib/{name}").items()
        if not _LEFT_OUT & set(Path(path).parts) and not path.startswith(f"usr/local/lib/{name}/config-")
    }
    found[f"usr/local/bin/{name}"] = Entry(source=executable, mode=0o755)
    found["usr/local/bin/python3"] = Entry(target=name)
    found |= _libraries([executable, *sorted(library.glob("lib-dynload/*.so"))])
    found |= {
        "etc/passwd": Entry(content=f"root:x:0:0::/:\nmodel:x:{_USER}:{_USER}::/tmp:\n".encode()),
        "etc/group": Entry(content=f"root:x:0:\nmodel:x:{_USER}:\n".encode()),
        "tmp": Entry(mode=0o1777),
        **dict.fromkeys(("dev", "proc", "sys"), FOLDER),
    }
    return found


def _libraries(linked: list[Path]) -> dict[str, Entry]:
    """Shared libraries by the path at which the loader will look: the system's own, else /usr/local/lib."""
    listed = subprocess.run(  # noqa: S603 - our own words
        ["/usr/bin/ldd", *map(str, linked)], capture_output=True, text=True, check=False
    ).stdout
    paths = {word for line in listed.splitlines() for word in line.split() if word.startswith("/") and ".so" in word}
    paths = {path for path in paths if not path.endswith(":")}
    system = {str(Path(path).parent) for path in paths if not path.startswith(sys.base_prefix)}
    granted = (Path(folder) / name for folder in sorted(system) for name in _TAKEN_FOR_GRANTED)
    paths |= {str(path) for path in granted if path.exists()}
    own = Path(sys.base_prefix)
    return {
        f"usr/local/lib/{Path(path).name}" if Path(path).is_relative_to(own) else path.lstrip("/"): Entry(
            source=Path(path).resolve(), mode=0o755
        )
        for path in sorted(paths)
    }


def _packages(bundle: Bundle, scratch: Path) -> Entries:
    """What the lock names, installed by uv from wheels, without the scripts, which hold this machine's paths."""
    locked, target = scratch / "requirements.lock", scratch / "packages"
    locked.write_bytes(bundle.lock)
    options = ["--quiet", "--require-hashes", "--no-build", "--no-deps", "--link-mode", "copy"]
    # Bytecode holds times. uv compiles none unless it is told to, and does not take both words for it.
    environment = {name: value for name, value in os.environ.items() if name != "UV_COMPILE_BYTECODE"}
    done = subprocess.run(  # noqa: S603 - our own words
        [find_uv(), "pip", "install", *options, "--python", sys.executable, "--target", str(target), "-r", str(locked)],
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-1500:]
        raise Unavailable(f"the packages of the lock cannot be installed: {said}")
    place = f"usr/local/lib/python{bundle.python}/site-packages"
    local = {"bin", ".lock", "__pycache__"}
    return {
        path: one for path, one in tree(target, place).items() if Path(path).relative_to(place).parts[0] not in local
    }


def _model(bundle: Bundle) -> Entries:
    site = f"usr/local/lib/python{bundle.python}/site-packages"
    kept = {path: entry for path, entry in bundle.entries().items() if path.startswith("model/")}
    kept |= {name: bundle.entries()[name] for name in ("manifest.json", "requirements.lock")}
    return {**{f"opt/modelwright/{path}": entry for path, entry in kept.items()}, **runtime(site)}


def _config(bundle: Bundle, diff_ids: list[str]) -> dict[str, Any]:
    name = bundle.version.partition(":")[0]
    entry = ["/usr/local/bin/python3", "-m", "modelwright.serving.node.alone", "/opt/modelwright/model"]
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {
            "User": f"{_USER}:{_USER}",
            "ExposedPorts": {f"{_PORT}/tcp": {}},
            "Env": ["PATH=/usr/local/bin", "LD_LIBRARY_PATH=/usr/local/lib", "LANG=C.UTF-8", "HOME=/tmp"],
            "Entrypoint": [*entry, "--name", name, "--host", "0.0.0.0", "--port", str(_PORT)],  # noqa: S104 - a container's own
            "WorkingDir": "/tmp",  # noqa: S108 - as above
            "Labels": _annotations(bundle),
        },
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created_by": f"modelwright package: {name}"} for name in ("interpreter", "packages", "model")],
    }


def _annotations(bundle: Bundle) -> dict[str, str]:
    model, _, number = bundle.version.partition(":")
    return {
        "org.opencontainers.image.title": model,
        "org.opencontainers.image.version": number,
        "dev.modelwright.manifest": bundle.manifest,
    }


class _Measured:
    """A file that is hashed while it is written, as it is and as what it will unpack to."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._plain = zlib.decompressobj(wbits=31)
        self.digest, self.diff_id, self.size = hashlib.sha256(), hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.diff_id.update(self._plain.decompress(data))
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.diff_id.update(self._plain.flush())
        self._file.close()


def _layer(blobs: Path, entries: Entries) -> dict[str, Any]:
    incoming = blobs / "incoming"
    out = _Measured(incoming)
    try:
        write_gzip(out, entries)  # type: ignore[arg-type]  # gzip asks for no more than write and flush
    finally:
        out.close()
    digest = out.digest.hexdigest()
    incoming.rename(blobs / digest)
    return {"digest": f"sha256:{digest}", "size": out.size, "diff_id": f"sha256:{out.diff_id.hexdigest()}"}


def _put(blobs: Path, document: dict[str, Any]) -> dict[str, Any]:
    content = _json(document)
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def _json(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document, order="deterministic")
