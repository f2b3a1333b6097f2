"""Settings of all tests: the checkout's own weights, no outside services, no time limits."""

from __future__ import annotations

import os

from hypothesis import settings

# Someone's own settings must not decide which models the tests load.
for name in ("IPH_WEIGHTS", "IPH_SAM_CHECKPOINT"):
    os.environ.pop(name, None)
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

settings.register_profile(
    "iph", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
settings.load_profile("iph")
