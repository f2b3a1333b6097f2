"""The mask decoder's weights in their three homes: SAM's ONNX export, PyTorch, and our own files.

The export keeps most weights under their module's name. The matrices of linear layers are anonymous
there, and transposed: the node that uses one tells whose it is. Names here are those of
`segment_anything`: "mask_decoder.transformer...", "prompt_encoder.pe_layer...".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from iph_core.errors import MissingWeightsError
from iph_core.tensor_file import write_tensors
from iph_core.weights import remedy

if TYPE_CHECKING:
    import onnx
    from segment_anything.modeling import MaskDecoder, PromptEncoder

DECODER, PROMPTS = "mask_decoder.", "prompt_encoder."
EXPORT_PREFIX = "model."  # The export puts it before the prompt encoder's names.
ANONYMOUS = "onnx::"
WIDTH = 256

Array = NDArray[np.float32]
Weights = dict[str, Array]
View = Callable[[Array], Array]


@dataclass(frozen=True)
class Slot:
    """Where the export keeps one weight: an initializer, and the view of it in PyTorch's layout."""

    initializer: str
    view: View


def read_weights(graph: onnx.GraphProto) -> Weights:
    """Every weight of SAM's decoder export by its name in `segment_anything`, float32."""
    arrays = initializers(graph)
    return {name: slot.view(arrays[slot.initializer]).copy() for name, slot in slots(graph).items()}


def write_decoder(graph: onnx.GraphProto, decoder: Mapping[str, Array]) -> None:
    """Replace the mask decoder's weights in a graph (whole, or cut) by those of a state dict.

    Raises ValueError when names or shapes are not those of the graph's decoder.
    """
    import onnx.numpy_helper

    places = {
        name.removeprefix(DECODER): slot
        for name, slot in slots(graph).items()
        if name.startswith(DECODER)
    }
    if set(places) != set(decoder):
        raise ValueError(f"not the decoder's names: {sorted(set(places) ^ set(decoder))[:3]}")
    arrays = initializers(graph)
    for name, slot in places.items():
        view = slot.view(arrays[slot.initializer])
        if view.shape != decoder[name].shape:
            raise ValueError(f"{name} is {decoder[name].shape} instead of {view.shape}")
        view[...] = decoder[name]
    for tensor in graph.initializer:
        if tensor.name in arrays:
            tensor.CopyFrom(onnx.numpy_helper.from_array(arrays[tensor.name], tensor.name))


def torch_modules(export: Path) -> tuple[PromptEncoder, MaskDecoder]:
    """SAM's prompt encoder and mask decoder as PyTorch modules with the weights of an export."""
    import onnx
    import torch
    from segment_anything.modeling import MaskDecoder, PromptEncoder, TwoWayTransformer

    weights = read_weights(onnx.load(str(export)).graph)

    def part(prefix: str) -> dict[str, torch.Tensor]:
        return {
            name.removeprefix(prefix): torch.from_numpy(value)
            for name, value in weights.items()
            if name.startswith(prefix)
        }

    prompt_encoder = PromptEncoder(
        embed_dim=WIDTH,
        image_embedding_size=(64, 64),
        input_image_size=(1024, 1024),
        mask_in_chans=16,
    )
    transformer = TwoWayTransformer(depth=2, embedding_dim=WIDTH, mlp_dim=2048, num_heads=8)
    mask_decoder = MaskDecoder(transformer_dim=WIDTH, transformer=transformer)
    prompt_encoder.load_state_dict(part(PROMPTS))
    mask_decoder.load_state_dict(part(DECODER))
    return prompt_encoder.eval(), mask_decoder.eval()


def save_decoder(decoder: MaskDecoder, path: Path, **notes: str) -> None:
    """Write a decoder as fp16 with notes as metadata; whole or not at all (InputError)."""
    write_tensors(path, decoder.state_dict(), {"model": "sam-people", **notes})


def load_decoder(path: Path) -> Weights:
    """The state dict of a decoder's file, float32. MissingWeightsError for any other file."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return {name: value.astype(np.float32) for name, value in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise not_a_decoder(path) from error


def taught_decoder(export: Path, path: Path) -> MaskDecoder:
    """SAM's decoder with the weights of a file; MissingWeightsError where that is no decoder."""
    import torch

    decoder = torch_modules(export)[1]
    try:
        decoder.load_state_dict(
            {name: torch.from_numpy(value) for name, value in load_decoder(path).items()}
        )
    except RuntimeError as error:
        raise not_a_decoder(path) from error
    return decoder


def not_a_decoder(path: Path) -> MissingWeightsError:
    return MissingWeightsError(
        f"{path.name} is not a mask decoder of this version: {remedy(path)} or train it again."
    )


def initializers(graph: onnx.GraphProto) -> Weights:
    """The float tensors of a graph by name, free to be written to."""
    import onnx.numpy_helper

    return {
        tensor.name: np.array(onnx.numpy_helper.to_array(tensor))
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
    }


def slots(graph: onnx.GraphProto) -> dict[str, Slot]:
    """Where each weight lies, by its name in `segment_anything`."""
    names = {tensor.name for tensor in graph.initializer}
    found = {
        name.removeprefix(EXPORT_PREFIX): Slot(name, whole)
        for name in names
        if not name.startswith(ANONYMOUS)
    }
    for node in graph.node:
        for name in names.intersection(node.input):
            if name.startswith(ANONYMOUS):
                found |= anonymous_slots(node, name)
    return found


def anonymous_slots(node: onnx.NodeProto, initializer: str) -> dict[str, Slot]:
    """The weights that an anonymous initializer holds, told by the node that uses it."""
    *path, operation = node.name.strip("/").split("/")
    if node.op_type == "MatMul":
        return {f"{DECODER}{'.'.join(path)}.weight": Slot(initializer, transposed)}
    if node.op_type == "Expand":
        return {
            f"{DECODER}iou_token.weight": Slot(initializer, first_token),
            f"{DECODER}mask_tokens.weight": Slot(initializer, further_tokens),
        }
    if not path:
        return {f"{PROMPTS}no_mask_embed.weight": Slot(initializer, channel_row)}
    owner = DECODER if path[0] == "output_upscaling" else PROMPTS
    kind = "weight" if operation.startswith("Mul") else "bias"
    return {f"{owner}{path[-1]}.{kind}": Slot(initializer, channels)}  # A LayerNorm2d's.


def whole(array: Array) -> Array:
    return array


def transposed(array: Array) -> Array:
    return array.T


def first_token(array: Array) -> Array:
    return array[0, :1]


def further_tokens(array: Array) -> Array:
    return array[0, 1:]


def channel_row(array: Array) -> Array:
    return array[:, :, 0, 0]


def channels(array: Array) -> Array:
    return array[:, 0, 0]
