"""What a Hugging Face Space runs. ZeroGPU's package patches torch, so it is imported first."""

from __future__ import annotations

import contextlib
import os
import sys

with contextlib.suppress(ImportError):  # it is there on ZeroGPU alone
    import spaces  # noqa: F401

os.environ.setdefault("IPH_EMBEDDED", "true")  # a Space is shown in a frame
os.environ.setdefault("IPH_MAX_MEGAPIXELS", "24")

from demo.__main__ import main

if __name__ == "__main__":
    sys.argv[1:] = ["--host", "0.0.0.0", "--port", os.environ.get("PORT", "7860")]
    main()
