"""What a child process may not do: grow, run, write or open more than it should, reach the network, write elsewhere.

A wall that the kernel cannot build is reported by its function (``False``), never passed over in silence.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_PATH_BENEATH: Final = 1
# every right over files that a kernel of this Landlock version knows; newer kernels take the same rules
_ALL_RIGHTS: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF}
_READ_FILE, _READ_FOLDER, _EXECUTE = 4, 8, 1
_IOPRIO_SET: Final = {"x86_64": 251, "aarch64": 30}
_IO_LOWEST: Final = (2 << 13) | 7
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file: address space, CPU seconds per page, size of a written file, open files."""

    memory_mb: int = 1536
    cpu_seconds: int = 60
    file_mb: int = 512
    open_files: int = 64


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_network() -> bool:
    """Move this process into a network of its own without any interface; returns whether the kernel let it."""
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return bool(_libc().unshare(flags) == 0)


def stay_within(folder: Path, readable: Iterable[Path]) -> bool:
    """Forbid everything in the file system but to use ``folder`` and to read ``readable`` (Landlock).

    Returns:
        Whether the kernel can; an older one leaves the process as it was.
    """
    libc = _libc()
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = _ALL_RIGHTS[min(version, max(_ALL_RIGHTS))]
    ruleset = libc.syscall(_LANDLOCK_CREATE, struct.pack("=Q", rights), 8, 0)
    if ruleset < 0:
        return False
    try:
        _allow(libc, ruleset, folder, rights)
        for path in readable:
            if path.exists():
                _allow(libc, ruleset, path, _READ_FILE | _READ_FOLDER | _EXECUTE if path.is_dir() else _READ_FILE)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH)
    try:
        libc.syscall(_LANDLOCK_ADD, ruleset, _LANDLOCK_PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def apply(limits: Limits) -> None:
    """Set the resource limits of this process; core dumps are off, they would spill personal data."""
    memory = limits.memory_mb * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_mb * _MEGABYTE,) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    allow_more_cpu(limits.cpu_seconds)


def allow_more_cpu(seconds: int) -> None:
    """Allow ``seconds`` of CPU from now on: a long document may take long, a single page may not."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def step_back(nice: int) -> None:
    """Let others have the processor and, at the lowest of the usual levels, the disk first; 0 changes nothing."""
    number = _IOPRIO_SET.get(os.uname().machine)
    if nice <= 0:
        return
    os.nice(nice)
    if number is not None:
        _libc().syscall(number, 1, 0, _IO_LOWEST)


def limit_memory(megabytes: int) -> None:
    """Bound the address space of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * _MEGABYTE,) * 2)


def give_back() -> None:
    """Return freed memory to the kernel, where the C library can: after a large image it would keep hundreds of megabytes."""
    trim = getattr(_libc(), "malloc_trim", None)
    if trim is not None:
        trim(0)


def resident_mb() -> int:
    """Return how much memory this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // _MEGABYTE
