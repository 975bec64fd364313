"""What benchmarks, chaos and hostile runs share: figures with bounds, a size, a seed, and where results are written.

Everything here sends traffic to this machine alone.
"""

from tests.measuring.figures import Figures
from tests.measuring.ground import Scale, loopback, tool

__all__ = ["Figures", "Scale", "loopback", "tool"]
