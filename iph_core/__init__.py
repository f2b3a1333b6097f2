"""Interactive Portrait Harmonization: make a pasted person match the photo.

import iph_core as iph

photo = iph.open_photo("wedding.jpg")
scene = iph.Scene(photo)
me = scene.pick(taps=[(812, 640)])
her = scene.pick(taps=[(430, 610)])
result = scene.harmonize(me, reference=her)
result.save("wedding-harmonized.png", strength=0.9)
print(result.summary())
"""

from __future__ import annotations

import importlib
from typing import Any

# Imported on first use, so that what needs no network starts without torch.
_HOMES = {
    "Adjustment": "iph_core.adjustment",
    "ColorMap": "iph_core.color_map",
    "Cutout": "iph_core.compose",
    "InputError": "iph_core.errors",
    "Models": "iph_core.models",
    "Person": "iph_core.regions.people",
    "Photo": "iph_core.photo",
    "Placement": "iph_core.compose",
    "Reference": "iph_core.pipeline",
    "Region": "iph_core.regions.mask",
    "Result": "iph_core.result",
    "Scene": "iph_core.pipeline",
    "Shadow": "iph_core.compose",
    "open_mask": "iph_core.photo",
    "open_photo": "iph_core.photo",
    "open_sidecar": "iph_core.sidecar",
    "save_mask": "iph_core.photo",
    "save_photo": "iph_core.photo",
}

__all__ = sorted(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'iph_core' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
