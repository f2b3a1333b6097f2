"""What a Hugging Face Space runs. ZeroGPU's package patches torch, so it is imported first."""

from __future__ import annotations

import os
import sys

try:
    import spaces
except ImportError:  # it is there on a Space alone
    spaces = None

os.environ.setdefault("IPH_EMBEDDED", "true")  # a Space is shown in a frame
os.environ.setdefault("IPH_MAX_MEGAPIXELS", "24")

from demo.__main__ import main
from iph_core import runtime


def announce() -> None:
    """Tell ZeroGPU that a GPU will be asked for. Gradio's `launch` would do that, but this page is
    served without it; and what asks is decorated later, when the network is loaded."""
    spaces.GPU(announce)
    spaces.zero.startup()


if __name__ == "__main__":
    if spaces is not None and runtime.lends_gpu():
        announce()
    sys.argv[1:] = ["--host", "0.0.0.0", "--port", os.environ.get("PORT", "7860")]
    main()
