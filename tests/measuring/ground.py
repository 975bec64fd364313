"""The ground that is measured on: this machine alone, at its usual speed or not, with the programs that it has."""

from __future__ import annotations

import ipaddress
import os
import platform
import random
import shutil
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

# Seconds that one round of the loop below takes on a two-core machine of the speed that the figures were set for.
USUAL_SECONDS = 0.14
_SLOWER_AT_MOST = 1.5
_WORK = random.Random(1).randbytes(1 << 20) * 6


@dataclass(frozen=True)
class Scale:
    """The size of a run: small within `make test`, full in the commands of its own."""

    full: bool

    def __call__(self, small: int, full: int) -> int:
        """Choose the count to use now."""
        return full if self.full else small


@dataclass(frozen=True)
class Calibration:
    """How long the calibration loop took, on every core at once."""

    seconds: float

    @property
    def usual(self) -> bool:
        """Tell whether the machine is fast and free enough for seconds to mean something."""
        return self.seconds <= _SLOWER_AT_MOST * USUAL_SECONDS

    def __str__(self) -> str:
        """Say it in a line."""
        pace = "its usual speed" if self.usual else "slower than usual, or busy: seconds are printed, not judged"
        return f"calibration loop {self.seconds:.2f} s (usual {USUAL_SECONDS:.2f} s): {pace}"


def calibrate() -> Calibration:
    """Time the same work on every core at once, so that a busy core shows; the median of five rounds counts."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        return Calibration(median(max(pool.map(_loop, range(cores))) for _ in range(5)))


def _loop(_core: int) -> float:
    """Compress what is long enough for zlib to let the other threads run."""
    begun = time.perf_counter()
    zlib.compress(_WORK, level=6)
    return time.perf_counter() - begun


def machine() -> str:
    """Name the processor, the cores, the memory and the Python of this machine."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()}"


def loopback(url: str) -> str:
    """Return the URL if it leads to this machine; refuse any other before anything is sent."""
    host = urlsplit(url).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        message = f"{url} is not on this machine: load, faults and attacks are sent to loopback addresses alone"
        raise ValueError(message)
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tool(name: str, *, package: str) -> str:
    """Return the path of a program; where it is missing, say how to get it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        message = f"{name} is needed for this and not installed: apt-get install {package}"
        raise RuntimeError(message)
    return found
