"""What a model's process may not do: gain rights, write outside its scratch folder, read beyond its environment, talk.

Run as a program, by the node's own interpreter, it closes the doors behind itself, tells the node which hold, and
becomes the interpreter of the model's environment: of that environment nothing, not even a `.pth` file or a
`sitecustomize`, runs before. What it needs is in the standard library, and `-I -S` keeps everything else away.

    python -I -S sandbox.py <descriptor of the socket> <Asked as JSON> <command>...

Pure Python over the kernel's own calls, best effort by design: each measure that the kernel grants is reported by name,
so that a node can refuse to run a model with fewer than its policy asks for.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import sys
from collections.abc import Sequence

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_PDEATHSIG = 1
_SIGKILL = 9
_CLONE_NEWNET = 0x40000000
_CLONE_NEWIPC = 0x08000000
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_VERSION_FLAG = 1

# Rights on files by Landlock's first ABI, and what later ones added (linux/landlock.h).
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_ALL_FIRST = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_NET_ALL = 0b11
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what packing means without it too; Python 3.14 warns, on the stream that tells why a load failed
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def enter(*, readable: Sequence[str], scratch: str, memory_bytes: int | None, file_bytes: int) -> list[str]:
    """Confine this process, and what it becomes, for good; returns the measures that hold.

    `file_bytes` is how long a file may grow; the node looks after all of them together.
    """
    holds = []
    # A worker whose node is killed must not stay behind.
    _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    if memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        holds.append("memory")
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        holds.append("no_new_privs")
    if _libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC) == 0:
        holds.append("namespaces")
    version = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    if version > 0 and _landlock(version, readable, scratch):
        holds.append(f"landlock:{version}")
    return holds


def _landlock(version: int, readable: Sequence[str], scratch: str) -> bool:
    handled = _ALL_FIRST
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        handled |= right if version >= since else 0
    rules = _Ruleset(handled, _NET_ALL if version >= 4 else 0)  # noqa: PLR2004  # the ABI that knows TCP
    ruleset = _libc.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), 0)
    if ruleset < 0:
        return False
    try:
        for path in _present(readable):
            _allow(ruleset, path, _READ & handled)
        for path in (scratch, "/dev/null", "/dev/shm", "/proc/self"):  # noqa: S108  # joblib's semaphores live there
            _allow(ruleset, path, handled)
        return bool(_libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _present(own: Sequence[str]) -> list[str]:
    system = [
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/opt",
        "/proc",
        "/sys/devices/system",
        "/sys/fs/cgroup",
        "/dev/urandom",
    ]
    etc = ["/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/ssl"]
    return [path for path in dict.fromkeys([*own, *system, *etc]) if os.path.exists(path)]  # noqa: PTH110 - pathlib would cost each worker 10 ms


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - as above
            rights &= _FILE_RIGHTS
        rule = _Beneath(rights, descriptor)
        _libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def main() -> None:
    """Close the doors, say which hold, and become the command."""
    asked = json.loads(sys.argv[2])
    holds = enter(**asked)
    # A message as in `frames`, which needs numpy and so the model's environment.
    head = json.dumps({"sandbox": holds, "arrays": []}).encode()
    os.write(int(sys.argv[1]), struct.pack("<QI", 4 + len(head), len(head)) + head)
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - no shell, and the node has put the command together


if __name__ == "__main__":
    main()
