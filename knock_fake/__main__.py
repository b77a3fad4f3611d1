"""``python -m knock_fake``: the same as the command ``knock-fake``."""

from __future__ import annotations

import sys

from knock_fake.cli import main

if __name__ == "__main__":
    sys.exit(main())
