"""A small network on SAM's embedding that sees where people are, before anybody taps.

For each of the embedding's 64 x 64 cells it says whether the middle of a person lies there. Its
file also holds what tells a person's mask from others (`likeness`). Centers as points: Zhou et al.,
"Objects as Points", 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core import runtime, weights
from iph_core.errors import MissingWeightsError
from iph_core.regions.sam import FRAME_SIDE, Embedding, Sam, Segmenter, frame_size

if TYPE_CHECKING:
    import onnxruntime

    from iph_core.regions.likeness import Likeness

PEOPLE_HEAD = "people-head"
CELLS = 64
CELL = FRAME_SIDE // CELLS  # Pixels of SAM's frame along a cell's side.
DILATIONS = (1, 2, 4, 8)  # Of the blocks: a person may fill the photo.
CENTER = 0  # Channel of the answer; the others are there for the training alone.
IN_SHAPE, OUT_SHAPE = (1, 256, CELLS, CELLS), (1, 6, CELLS, CELLS)

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Sighting:
    """Where a person seems to be. point: (x, y) in pixels of the photo, in their middle."""

    point: tuple[float, float]
    score: float


@dataclass(frozen=True)
class PeopleMap:
    """How likely the middle of a person lies in each cell of SAM's frame that shows the photo.

    center: float32 (rows, columns) in [0, 1]. scale: pixels of the photo along a cell's side.
    """

    center: Array
    scale: float

    def sightings(self, least: float, most: int) -> list[Sighting]:
        """The peaks of `center` of at least `least`, the highest first."""
        around = cv2.dilate(self.center, np.ones((3, 3), np.uint8))
        peaks = np.argwhere((self.center >= around) & (self.center >= least))
        found = [
            Sighting(
                ((column + 0.5) * self.scale, (row + 0.5) * self.scale),
                float(self.center[row, column]),
            )
            for row, column in peaks
        ]
        return sorted(found, key=lambda sighting: -sighting.score)[:most]


class PeopleHead:
    """The head on ONNX Runtime; safe to share between threads."""

    def __init__(self, session: onnxruntime.InferenceSession, likeness: Likeness) -> None:
        self._session = session
        self.likeness = likeness

    @classmethod
    def load(cls) -> PeopleHead:
        """Load the weights folder's files; MissingWeightsError when one is not there."""
        from iph_core import weights

        return cls.from_file(weights.path(PEOPLE_HEAD))

    @classmethod
    def from_file(cls, path: Path) -> PeopleHead:
        """Raises MissingWeightsError for a file that is none of a people head, or without trunk."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        # PyTorch, which the likeness needs, takes seconds to import.
        from iph_core.regions.likeness import WIDTH, Likeness
        from iph_core.trunk.published import load_trunk

        try:
            tensors = {key: value.astype(np.float32) for key, value in load_file(path).items()}
            graph = head_graph(tensors)
            weight = tensors["region.weight"].reshape(WIDTH)
            bias = float(tensors["region.bias"][0])
        except (KeyError, OSError, SafetensorError, ValueError) as error:
            raise MissingWeightsError(
                f"{path.name} is not a people head of this version: {weights.remedy(path)} or train"
                " it again."
            ) from error
        return cls(runtime.onnx_session(graph), Likeness(load_trunk(), weight, bias))

    def see(self, embedding: Embedding) -> PeopleMap:
        """Where people are in an embedded photo."""
        (answer,) = self._session.run(None, {"embedding": embedding.features})
        return people_map(np.asarray(answer[0], np.float32), embedding.size)


def head_for(sam: Segmenter) -> PeopleHead | None:
    """The head that reads the embeddings of `sam`; None for a checkpoint of the user."""
    return PeopleHead.load() if isinstance(sam, Sam) else None


def people_map(answer: Array, size: tuple[int, int]) -> PeopleMap:
    """The head's answer (6, 64, 64), without the padding, in pixels of a photo of `size`."""
    width, height = frame_size(size)
    shown = answer[CENTER, : -(-height // CELL), : -(-width // CELL)]
    return PeopleMap(sigmoid(shown), CELL * max(size) / FRAME_SIDE)


def sigmoid(values: Array | float) -> Array:
    return np.asarray(1 / (1 + np.exp(-values)), np.float32)


def head_graph(tensors: Mapping[str, Array]) -> bytes:
    """The head as a serialized ONNX model, from the tensors of a state dict.

    Raises KeyError for a tensor that is not there.
    """
    from iph_core.regions.graph_writer import GraphWriter  # ONNX takes half a second to import.

    pen = GraphWriter()

    def convolve(source: str, name: str, dilation: int = 1) -> str:
        weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
        side = weight.shape[-1]
        return pen.operation(
            "Conv",
            source,
            pen.constant(weight),
            pen.constant(bias),
            kernel_shape=[side, side],
            pads=[dilation * (side // 2)] * 4,
            dilations=[dilation] * 2,
            group=len(weight) if weight.shape[1] == 1 else 1,
        )

    state = pen.operation("Relu", convolve(pen.input("embedding", IN_SHAPE), "reduce"))
    for index, dilation in enumerate(DILATIONS):
        around = convolve(state, f"blocks.{index}.around", dilation)
        seen = pen.operation("Relu", convolve(around, f"blocks.{index}.mix"))
        state = pen.add(state, convolve(seen, f"blocks.{index}.back"))
    return pen.model({"answer": (convolve(state, "answer"), OUT_SHAPE)})
