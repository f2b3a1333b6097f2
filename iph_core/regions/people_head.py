"""A small network on SAM's embedding that sees where people are, before anybody taps.

For each of the embedding's 64 x 64 cells it says whether the middle of a person lies there, whether
a person does at all, and how far that person reaches to the left, top, right and bottom. Its file
also holds what tells a person's mask from others (`likeness`). Centers as points: Zhou et al.,
"Objects as Points", 2019; reach: Tian et al., "FCOS", ICCV 2019.
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
from iph_core.regions.sam import FRAME_SIDE, Box, Embedding, Sam, Segmenter, frame_size

if TYPE_CHECKING:
    import onnx
    import onnxruntime

    from iph_core.regions.likeness import Likeness

PEOPLE_HEAD = "people-head"
CELLS = 64
CELL = FRAME_SIDE // CELLS  # Pixels of SAM's frame along a cell's side.
DILATIONS = (1, 2, 4, 8)  # Of the blocks: a person may fill the photo.
CENTER, PERSON, REACH = 0, 1, slice(2, 6)  # Channels of the answer.
LONGEST = 4.5  # Logarithm of the longest reach, in cells.
OPSET, IR_VERSION = 13, 8

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Sighting:
    """Where a person seems to be. point: (x, y) in pixels of the photo, in their middle."""

    point: tuple[float, float]
    box: Box
    score: float


@dataclass(frozen=True)
class PeopleMap:
    """What the head says about a photo, for each cell of SAM's frame that shows the photo.

    center, person: float32 (rows, columns) in [0, 1]. boxes: float32 (rows, columns, 4), x0, y0,
    x1, y1 of the person at each cell, in pixels of the photo.
    """

    center: Array
    person: Array
    boxes: Array
    scale: float
    """Pixels of the photo along a cell's side."""

    def box_at(self, x: float, y: float) -> tuple[Box, float]:
        """The box of the person at a point of the photo, and how surely there is one."""
        row = min(int(y / self.scale), len(self.center) - 1)
        column = min(int(x / self.scale), self.center.shape[1] - 1)
        return to_box(self.boxes[row, column]), float(self.person[row, column])

    def sightings(self, least: float, most: int) -> list[Sighting]:
        """The peaks of `center` of at least `least`, the highest first."""
        around = cv2.dilate(self.center, np.ones((3, 3), np.uint8))
        peaks = np.argwhere((self.center >= around) & (self.center >= least))
        found = [
            Sighting(
                ((column + 0.5) * self.scale, (row + 0.5) * self.scale),
                to_box(self.boxes[row, column]),
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
    rows, columns = -(-height // CELL), -(-width // CELL)
    scale = CELL * max(size) / FRAME_SIDE
    part = answer[:, :rows, :columns]
    y, x = np.mgrid[:rows, :columns].astype(np.float32) + 0.5
    left, top, right, bottom = np.exp(np.minimum(part[REACH], LONGEST))
    edges = np.stack([x - left, y - top, x + right, y + bottom], -1) * scale
    limits = np.array([size[0], size[1]] * 2, np.float32)
    boxes = np.clip(edges, 0, limits).astype(np.float32)
    return PeopleMap(sigmoid(part[CENTER]), sigmoid(part[PERSON]), boxes, scale)


def to_box(edges: Array) -> Box:
    x0, y0, x1, y1 = edges.tolist()
    return x0, y0, x1, y1


def sigmoid(values: Array | float) -> Array:
    return np.asarray(1 / (1 + np.exp(-values)), np.float32)


def head_graph(tensors: Mapping[str, Array]) -> bytes:
    """The head as a serialized ONNX model, from the tensors of a state dict.

    Raises KeyError for a tensor that is not there.
    """
    import onnx
    import onnx.numpy_helper
    from onnx import helper

    nodes: list[onnx.NodeProto] = []
    used: set[str] = set()

    def convolve(source: str, name: str, dilation: int = 1) -> str:
        weight = tensors[f"{name}.weight"]
        used.update((f"{name}.weight", f"{name}.bias"))
        side = weight.shape[-1]
        pad = dilation * (side // 2)
        nodes.append(
            helper.make_node(
                "Conv",
                [source, f"{name}.weight", f"{name}.bias"],
                [name],
                kernel_shape=[side, side],
                pads=[pad] * 4,
                dilations=[dilation] * 2,
                group=weight.shape[0] if weight.shape[1] == 1 else 1,
            )
        )
        return name

    def operate(kind: str, sources: list[str], name: str) -> str:
        nodes.append(helper.make_node(kind, sources, [name]))
        return name

    state = operate("Relu", [convolve("embedding", "reduce")], "reduced")
    for index, dilation in enumerate(DILATIONS):
        around = convolve(state, f"blocks.{index}.around", dilation)
        seen = operate("Relu", [convolve(around, f"blocks.{index}.mix")], f"seen.{index}")
        state = operate("Add", [state, convolve(seen, f"blocks.{index}.back")], f"state.{index}")
    answer = convolve(state, "answer")
    side = [1, None, CELLS, CELLS]
    graph = helper.make_graph(
        nodes,
        "people-head",
        [
            helper.make_tensor_value_info(
                "embedding", onnx.TensorProto.FLOAT, [1, 256, CELLS, CELLS]
            )
        ],
        [helper.make_tensor_value_info(answer, onnx.TensorProto.FLOAT, side)],
        [onnx.numpy_helper.from_array(tensors[name], name) for name in sorted(used)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    return bytes(model.SerializeToString())
