"""Locks the door behind the child: what it holds is all it will ever get.

Resource limits come first and need nothing. Seccomp comes after a warm-up decode, because a module that is imported
later could not be opened any more.
"""

from __future__ import annotations

import errno
import os
import resource
from typing import Literal, Protocol

Level = Literal["seccomp", "rlimits"]

MEMORY = 1024**3
"""Bytes of address space."""

CPU_SECONDS = 120
"""The kernel's last word; the parent retires a child long before (see `sandbox.RETIRE_AFTER_CPU`)."""

# fmt: off
_WORK = (
    "read", "write", "close", "fstat", "newfstatat", "lseek", "mmap", "munmap", "mremap", "mprotect", "madvise",
    "brk", "futex", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "clock_gettime",
    "clock_getres", "gettimeofday", "times", "getrusage", "getpid", "gettid", "sched_yield", "getrandom",
    "restart_syscall", "exit", "exit_group",
)
# fmt: on
"""All that decoding needs; any other call fails with EPERM."""

# fmt: off
_ATTACK = (
    "execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "socket", "connect", "bind", "accept",
    "accept4", "sendto", "sendmsg", "sendmmsg", "process_vm_readv", "process_vm_writev", "bpf",
    "io_uring_setup", "kill", "tkill", "tgkill",
)
# fmt: on
"""No decoder ever calls these: who does is an attacker, and the process dies."""


class _Rules(Protocol):
    """What is used of `pyseccomp.SyscallFilter`."""

    def add_rule(self, action: int, syscall: str) -> None:
        """Say what happens when a call is made."""

    def load(self) -> None:
        """Put the rules in force for this process, for good."""


def limit_memory() -> None:
    """Cap address space and CPU before any picture is touched; no core dump, which would hold people's pictures."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def confine() -> Level:
    """Allow no new file, process or connection from here on; says how far this system could go."""
    _silence()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    rules = _filter()
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    return "seccomp" if rules is not None and _loaded(rules) else "rlimits"


def _silence() -> None:
    """Decoders in C may complain on standard error as often as a picture likes; after the start nobody listens."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _filter() -> _Rules | None:
    """Build the filter, or None where the system has no libseccomp: then pyseccomp cannot even be imported."""
    try:
        import pyseccomp
    except (RuntimeError, OSError):
        return None
    rules: _Rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in _WORK:
        rules.add_rule(pyseccomp.ALLOW, name)
    for name in _ATTACK:
        rules.add_rule(pyseccomp.KILL_PROCESS, name)
    return rules


def _loaded(rules: _Rules) -> bool:
    """Load the filter; a kernel may be built without seccomp."""
    try:
        rules.load()
    except OSError:
        return False
    return True
