"""Segment Anything in small: a photo is embedded once, every prompt after that is cheap.

Kirillov et al., "Segment Anything", ICCV 2023. The encoder is distilled; the decoder is SAM's own
export, cut where its four candidate masks are still small, so that nobody pays for upscaling. Its
weights may be ours, taught that a tap on a person means the whole person (`sam-people`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core import runtime
from iph_core.regions import decoder_weights

if TYPE_CHECKING:
    import onnxruntime

Size = tuple[int, int]
Box = tuple[float, float, float, float]

FRAME_SIDE = 1024  # SAM sees every photo with its long side at 1024 ...
LOGITS_SIDE = 256  # ... and answers with masks of a quarter of that.
CANDIDATES = 4
WHOLE_CANDIDATE = 3  # What the people decoder was taught to answer taps with.
PEOPLE_DECODER = "sam-people"
PIXEL_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
PIXEL_STD = np.array([58.395, 57.12, 57.375], np.float32)

BOX_CORNER_LABELS = (2.0, 3.0)
PADDING_LABEL = -1.0

CANDIDATE_LOGITS = "/Reshape_9_output_0"
CANDIDATE_SCORES = "/iou_prediction_head/layers.2/Gemm_output_0"
DECODER_INPUTS = [
    "image_embeddings",
    "point_coords",
    "point_labels",
    "mask_input",
    "has_mask_input",
]


@dataclass(frozen=True)
class Embedding:
    """What SAM keeps of one photo.

    features: float32 (1, 256, 64, 64).
    size: (width, height) of the photo; prompts are in its pixels.
    """

    features: NDArray[np.float32]
    size: Size


@dataclass(frozen=True)
class Candidates:
    """SAM's four answers to one set of prompts.

    logits: float32 (4, 256, 256), above 0 = inside, padding right and below included. Index 0 is
        the single-mask token, meant for boxes and several points; 1 to 3 grow from part to whole.
    scores: float32 (4,), SAM's own guess of each candidate's IoU.
    whole: index of the candidate that was taught to be the whole person or thing under the taps;
        None where none was, and a rule has to choose.
    """

    logits: NDArray[np.float32]
    scores: NDArray[np.float32]
    whole: int | None = None


class Segmenter(Protocol):
    """What `Sam` and `SamCheckpoint` have in common."""

    def embed(self, rgb: NDArray[np.uint8], size: Size | None = None) -> Embedding: ...

    def decode(
        self,
        embedding: Embedding,
        points: NDArray[np.float32],
        labels: NDArray[np.float32],
        box: Box | None = None,
    ) -> Candidates: ...


class Sam:
    """The small SAM on ONNX Runtime; safe to share between threads."""

    def __init__(
        self,
        encoder: onnxruntime.InferenceSession,
        decoder: onnxruntime.InferenceSession,
        whole: int | None = None,
    ) -> None:
        self._encoder = encoder
        self._decoder = decoder
        self._whole = whole

    @classmethod
    def load(cls) -> Sam:
        """Load the model files of the weights folder: the people decoder where its manifest names
        one, else the stock decoder.

        Raises MissingWeightsError when a file is not in place.
        """
        from iph_core import weights

        listed = any(entry.name == PEOPLE_DECODER for entry in weights.entries())
        return cls.with_decoder(weights.path(PEOPLE_DECODER) if listed else None)

    @classmethod
    def with_decoder(cls, people: Path | None) -> Sam:
        """Load the model files of the weights folder with a given people decoder; None = stock.

        Raises MissingWeightsError when a file is not in place or `people` is no decoder.
        """
        from iph_core import weights

        encoder, decoder = weights.path("sam-encoder"), weights.path("sam-decoder")
        return cls.from_files(encoder, decoder, people)

    @classmethod
    def from_files(cls, encoder: Path, decoder: Path, people: Path | None = None) -> Sam:
        """Load an encoder and a decoder in the layout of SAM's standard ONNX export.

        encoder: what is known (`encoder_graph`) runs in a quicker order, any other as it is.
        people: a file of `decoder_weights.save_decoder` whose weights take the decoder's place.
        """
        from iph_core.regions import encoder_graph  # onnx takes half a second to import.

        quick = encoder_graph.rebuilt(encoder) or encoder
        graph = cut_decoder(decoder, people)
        whole = None if people is None else WHOLE_CANDIDATE
        return cls(runtime.onnx_session(quick), runtime.onnx_session(graph), whole)

    def embed(self, rgb: NDArray[np.uint8], size: Size | None = None) -> Embedding:
        """Embed a photo.

        rgb: uint8 HWC, sRGB; a view with a long side of 1024 loses nothing.
        size: (width, height) of the photo behind the view, in whose pixels prompts will come;
            the view's own size when None.
        """
        size = size or (rgb.shape[1], rgb.shape[0])
        (features,) = self._encoder.run(None, {"input": encoder_input(rgb, size)})
        return Embedding(np.asarray(features, np.float32), size)

    def decode(
        self,
        embedding: Embedding,
        points: NDArray[np.float32],
        labels: NDArray[np.float32],
        box: Box | None = None,
    ) -> Candidates:
        """The four candidate masks for the prompts.

        points: (N, 2) x, y in pixels of the photo. labels: (N,) 1 = inside, 0 = outside.
        box: x0, y0, x1, y1 in pixels of the photo.
        """
        coordinates, kinds = decoder_prompts(embedding.size, points, labels, box)
        logits, scores = self._decoder.run(
            [CANDIDATE_LOGITS, CANDIDATE_SCORES],
            {
                "image_embeddings": embedding.features,
                "point_coords": coordinates,
                "point_labels": kinds,
                "mask_input": np.zeros((1, 1, LOGITS_SIDE, LOGITS_SIDE), np.float32),
                "has_mask_input": np.zeros(1, np.float32),
            },
        )
        return Candidates(np.asarray(logits[0]), np.asarray(scores[0]), self._whole)


def cut_decoder(path: Path, people: Path | None = None) -> bytes:
    """SAM's decoder export, serialized again with only the four candidates as outputs.

    people: a file of weights that take the place of the decoder's own.
    """
    import onnx
    import onnx.utils

    model = onnx.load(str(path))
    outputs = {
        CANDIDATE_LOGITS: (1, CANDIDATES, LOGITS_SIDE, LOGITS_SIDE),
        CANDIDATE_SCORES: (1, CANDIDATES),
    }
    # Shape inference does not reach these tensors, and the extractor takes only what has a shape.
    model.graph.value_info.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in outputs.items()
    )
    cut = onnx.utils.Extractor(model).extract_model(DECODER_INPUTS, list(outputs))
    if people is not None:
        try:
            decoder_weights.write_decoder(cut.graph, decoder_weights.load_decoder(people))
        except ValueError as error:
            raise decoder_weights.not_a_decoder(people) from error
    return bytes(cut.SerializeToString())


def frame_size(size: Size) -> Size:
    """The (width, height) that a photo takes in SAM's 1024 x 1024 frame."""
    scale = FRAME_SIDE / max(size)
    return max(1, int(size[0] * scale + 0.5)), max(1, int(size[1] * scale + 0.5))


def encoder_input(rgb: NDArray[np.uint8], size: Size) -> NDArray[np.float32]:
    """The frame as the encoder wants it: float32 (1, 3, 1024, 1024), normalized, then padded."""
    width, height = frame_size(size)
    shrinks = width < rgb.shape[1]
    fitted = cv2.resize(
        rgb, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    frame = np.zeros((1, 3, FRAME_SIDE, FRAME_SIDE), np.float32)
    normalized = (fitted.astype(np.float32) - PIXEL_MEAN) / PIXEL_STD
    frame[0, :, :height, :width] = normalized.transpose(2, 0, 1)
    return frame


def decoder_prompts(
    size: Size,
    points: NDArray[np.float32],
    labels: NDArray[np.float32],
    box: Box | None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Prompts as SAM's export takes them: coordinates (1, M, 2) in the frame, labels (1, M).

    A box is two points of their own labels; without one, a padding point stands in its place.
    """
    kinds = np.asarray(labels, np.float32).reshape(-1)
    if box is None:
        corners, corner_kinds = np.zeros((1, 2), np.float32), [PADDING_LABEL]
    else:
        corners, corner_kinds = to_frame(box, size), list(BOX_CORNER_LABELS)
    return (
        np.concatenate([to_frame(points, size), corners])[None],
        np.concatenate([kinds, np.asarray(corner_kinds, np.float32)])[None],
    )


def to_frame(points: NDArray[np.float32] | Box, size: Size) -> NDArray[np.float32]:
    """Points in pixels of the photo as points (N, 2) in SAM's frame; a box is its two corners."""
    scale = np.array(frame_size(size), np.float32) / np.array(size, np.float32)
    return np.asarray(np.asarray(points, np.float32).reshape(-1, 2) * scale, np.float32)
