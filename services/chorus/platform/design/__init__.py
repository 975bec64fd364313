"""What every Chorus page shares: `tokens.css`, `pages.css` and the sprite `icons.svg`, served as plain files.

A door mounts FOLDER at `/design` and refuses everything in it that is not one of FILES.
"""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
FILES: Final = frozenset({"tokens.css", "pages.css", "icons.svg"})
