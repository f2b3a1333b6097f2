"""The original SAM checkpoints (ViT-B, ViT-L, ViT-H), for those who have one: better masks.

Same interface as `sam.Sam`, over `segment_anything` of Kirillov et al. 2023.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from iph_core import runtime
from iph_core.errors import InputError
from iph_core.regions.sam import Box, Candidates, Embedding, Sam, Segmenter, Size, to_frame

if TYPE_CHECKING:
    import torch
    from segment_anything.modeling import Sam as SamModel

CHECKPOINT_VARIABLE = "IPH_SAM_CHECKPOINT"
CHECKPOINT_PATTERNS = ("sam_vit_h*.pth", "sam_vit_l*.pth", "sam_vit_b*.pth")  # The best first.
ARCHITECTURES = {768: "vit_b", 1024: "vit_l", 1280: "vit_h"}  # By the encoder's width.
WIDTH_KEY = "image_encoder.patch_embed.proj.bias"


def load_sam(device: str = "auto") -> Segmenter:
    """SAM as this installation has it: a checkpoint of the user where there is one, else the small.

    Raises InputError for a checkpoint that is missing or not SAM's, MissingWeightsError when the
    small model is needed and not in place.
    """
    checkpoint = find_checkpoint()
    return Sam.load() if checkpoint is None else SamCheckpoint.load(checkpoint, device)


def find_checkpoint() -> Path | None:
    """The checkpoint that IPH_SAM_CHECKPOINT names, else the best one in the weights folder."""
    from iph_core import weights

    if named := os.environ.get(CHECKPOINT_VARIABLE):
        return Path(named).expanduser()
    folder = weights.directory()
    found = (path for pattern in CHECKPOINT_PATTERNS for path in sorted(folder.glob(pattern)))
    return next(found, None)


class SamCheckpoint:
    """An original SAM; no state of a photo stays in it, so threads and photos may share it."""

    def __init__(self, model: SamModel) -> None:
        self._model = model

    @classmethod
    def load(cls, path: Path, device: str = "auto") -> SamCheckpoint:
        """Load a checkpoint file; the architecture is read from it, not from its name.

        Raises InputError when the file is missing or is not a SAM checkpoint.
        """
        from segment_anything import sam_model_registry  # Imports torchvision: only here.

        state = read_state(path)
        model = sam_model_registry[architecture(state, path)]()
        try:
            model.load_state_dict(state)
        except RuntimeError as error:
            raise not_a_checkpoint(path) from error
        return cls(model.to(runtime.select_device(device)).eval())

    def embed(self, rgb: NDArray[np.uint8], size: Size | None = None) -> Embedding:
        """Embed a photo; see `Sam.embed`."""
        from segment_anything import SamPredictor

        # A predictor keeps its photo: one for each call keeps photos apart, and costs nothing.
        predictor = SamPredictor(self._model)
        predictor.set_image(rgb)
        features = predictor.get_image_embedding().float().cpu().numpy()
        return Embedding(features, size or (rgb.shape[1], rgb.shape[0]))

    def decode(
        self,
        embedding: Embedding,
        points: NDArray[np.float32],
        labels: NDArray[np.float32],
        box: Box | None = None,
    ) -> Candidates:
        """The four candidate masks for the prompts; see `Sam.decode`."""
        import torch

        model = self._model
        with torch.inference_mode():
            sparse, dense = model.prompt_encoder(
                points=self._points(points, labels, embedding.size),
                boxes=None if box is None else self._tensor(to_frame(box, embedding.size))[None],
                masks=None,
            )
            logits, scores = model.mask_decoder.predict_masks(
                image_embeddings=torch.as_tensor(embedding.features, device=model.device),
                image_pe=model.prompt_encoder.get_dense_pe(),
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
            )
        return Candidates(logits[0].float().cpu().numpy(), scores[0].float().cpu().numpy())

    def _points(
        self, points: NDArray[np.float32], labels: NDArray[np.float32], size: Size
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        if not len(labels):
            return None
        return self._tensor(to_frame(points, size))[None], self._tensor(labels)[None]

    def _tensor(self, values: NDArray[np.float32]) -> torch.Tensor:
        import torch

        return torch.as_tensor(values, dtype=torch.float32, device=self._model.device)


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint file; InputError when it is missing or cannot be read."""
    import torch

    if not path.is_file():
        raise InputError(f"The SAM checkpoint {path} does not exist: check {CHECKPOINT_VARIABLE}.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise not_a_checkpoint(path) from error
    if not isinstance(state, dict):
        raise not_a_checkpoint(path)
    return state


def architecture(state: dict[str, torch.Tensor], path: Path) -> str:
    """The name in `sam_model_registry` of the model that a checkpoint's tensors belong to."""
    width = state.get(WIDTH_KEY)
    name = None if width is None else ARCHITECTURES.get(len(width))
    if name is None:
        raise not_a_checkpoint(path)
    return name


def not_a_checkpoint(path: Path) -> InputError:
    return InputError(
        f"{path} is not a SAM checkpoint of ViT-B, ViT-L or ViT-H: download it again or remove it."
    )
