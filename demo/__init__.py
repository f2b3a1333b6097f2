"""The page: a Gradio frame around one stage of our own, served with `python -m demo`."""

from __future__ import annotations

import os

# Read by Gradio when it is first imported, so it is said before any module of ours imports it.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
