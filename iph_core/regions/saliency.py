"""What in a photo draws the eye.

Qin et al., "U^2-Net: Going Deeper with Nested U-Structure for Salient Object Detection", Pattern
Recognition 2020; the small variant, u2netp.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core import runtime
from iph_core.regions.working_size import to_square

if TYPE_CHECKING:
    import onnxruntime

INPUT_SIDE = 320
CHANNEL_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
CHANNEL_STD = np.array([0.229, 0.224, 0.225], np.float32)


class Saliency:
    """u2netp on ONNX Runtime; safe to share between threads."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name

    @classmethod
    def load(cls) -> Saliency:
        """Load the model file of the weights folder; MissingWeightsError when it is not there."""
        from iph_core import weights

        return cls.from_file(weights.path("saliency"))

    @classmethod
    def from_file(cls, path: Path) -> Saliency:
        return cls(runtime.onnx_session(path))

    def predict(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Saliency of each pixel, float32 HW in [0, 1], of a uint8 HWC sRGB picture.

        The least and the most salient point of the photo are 0 and 1, as its authors do it.
        """
        (raw,) = self._session.run([self._output], {self._input: network_input(rgb)})
        height, width = rgb.shape[:2]
        resized = cv2.resize(stretch(raw[0, 0]), (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(resized, np.float32)


def network_input(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Float32 (1, 3, 320, 320): divided by the brightest value, then ImageNet's normalization."""
    small = to_square(rgb, INPUT_SIDE, cv2.INTER_AREA).astype(np.float32)
    normalized = (small / max(float(small.max()), 1.0) - CHANNEL_MEAN) / CHANNEL_STD
    return np.ascontiguousarray(normalized.transpose(2, 0, 1)[None], np.float32)


def stretch(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values moved and scaled to [0, 1]; all 0 when they are all the same."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros_like(values)
    return (values - low) / (high - low)
