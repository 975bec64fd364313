"""The template of the house's processes: has imported what all of them need, and forks each of them from itself.

Seven interpreters would import the same libraries seven times and keep seven copies of them. Asked and answering in
JSON, a line each: `{"module", "environ", "log"}` starts a process and answers its `pid`; `{"pid"}` answers its exit
`code`, null while it runs. It ends when nobody is left to ask.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chorus.local.child import ends_with_parent

# No module that starts a thread when it is imported: a thread does not live on in a fork.
_SHARED = ("chorus.platform.runtime", "chorus.platform.events.postgres_log", "chorus.platform.objects.files")


def main() -> None:
    """Fork what is asked for until the questions end; in a process that was forked, run what it is to be."""
    # What a library may print is no answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for module in _SHARED:
        importlib.import_module(module)
    # What is here now stays: the collector need not walk it, and so not copy it, in each process.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        if "module" not in asked:
            answer: Mapping[str, int | None] = {"code": _code_of(asked["pid"])}
        elif pid := _fork():
            answer = {"pid": pid}
        else:
            # Or whoever asks would learn that the template has ended only when all of its forks have.
            answers.close()
            return _run(asked)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    return None


def _code_of(pid: int) -> int | None:
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        # Of a template before this one: it was told to end with that, and may still be draining.
        return None if _lives(pid) else -signal.SIGTERM
    return os.waitstatus_to_exitcode(status) if found else None


def _lives(pid: int) -> bool:
    try:
        if sys.platform != "linux":
            os.kill(pid, 0)
            return True
        # After the name, which may hold anything; Z has ended, and waits for somebody to ask how.
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _fork() -> int:
    prepare = ends_with_parent()
    if pid := os.fork():
        return pid
    prepare()
    return 0


def _run(asked: Mapping[str, Any]) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(Path(asked["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for mine, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(mine, standard)
    # What `ps -o comm` and `top` show; fifteen characters of it.
    Path("/proc/self/comm").write_text(asked["module"].replace(".", "-"), encoding="ascii")
    os.environ.clear()
    os.environ.update(asked["environ"])
    runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
