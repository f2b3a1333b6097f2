"""What goes to the page, in few bytes: a photo's embedding, and the candidates of the server.

Little-endian throughout; demo/web/src/decoder/wire.ts reads it.
"""

from __future__ import annotations

import numpy as np

from iph_core.regions.mask import content
from iph_core.regions.sam import Candidates, Embedding

LEVELS = 255
PARTS = 8  # Of one logit. A power of two, so that 0 and the stability's thresholds stay exact.


def pack_embedding(embedding: Embedding) -> bytes:
    """256 lows (float32), 256 steps (float32), then 256 x 64 x 64 bytes: value = low + step * byte.

    Each channel has its own range.
    """
    channels = embedding.features[0].reshape(embedding.features.shape[1], -1)
    lows = channels.min(axis=1, keepdims=True)
    steps = np.maximum((channels.max(axis=1, keepdims=True) - lows) / LEVELS, 1e-12)
    levels = np.rint((channels - lows) / steps).clip(0, LEVELS).astype(np.uint8)
    return b"".join([lows.astype("<f4").tobytes(), steps.astype("<f4").tobytes(), levels.tobytes()])


def pack_candidates(candidates: Candidates, size: tuple[int, int]) -> bytes:
    """4 scores (float32), then the part of each candidate's logits that lies in the photo: int8,
    eighths rounded up, cut at +-16. What is above 0, 1 or -1 stays above."""
    inside = np.stack([content(logits, size) for logits in candidates.logits])
    eighths = np.ceil(inside * PARTS).clip(-128, 127).astype(np.int8)
    return candidates.scores.astype("<f4").tobytes() + eighths.tobytes()
