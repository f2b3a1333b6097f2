"""Lay a cut-out over a scene at full size.

Edges are mixed with premultiplied colors (Porter and Duff 1984, "over"), so that nothing of what
is transparent bleeds in as a dark or light fringe. Mixing is done in the encoded values, as image
editors and browsers do, so that the result is what the page showed.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from iph_core.compose.cutout import Cutout, opacity
from iph_core.compose.placement import Placement
from iph_core.compose.shadow import Shadow, shadow_at
from iph_core.errors import InputError
from iph_core.photo import Photo

Box = tuple[int, int, int, int]

NOT_ZERO = np.float32(1e-12)
"""What keeps a division by alpha from zero."""


def compose(
    scene: Photo,
    cutout: Cutout,
    placement: Placement,
    behind: np.ndarray | Cutout | None = None,
    shadow: Shadow | None = None,
) -> tuple[Photo, np.ndarray]:
    """The scene with the cut-out in it, and the mask of what is visible of the cut-out.

    behind: what of the scene stands before the cut-out, as a mask (bool or float HW in [0, 1] of
        the scene's size), or as a cut-out of the scene's full size whose clean colors keep the old
        background out of a hairy edge.
    Returns the scene as a photo with other pixels, in its own profile, depth and size, marked as a
    composite in its metadata; and the mask, float32 HW in [0, 1]. Where the mask is 0 and no shadow
    falls, pixels are the scene's, bit by bit.
    Raises InputError where nothing of the cut-out would be visible, or `behind` has another size.
    """
    before = _alpha_of(behind, scene)
    mask = np.zeros(scene.size[::-1], np.float32)
    pixels = scene.pixels.copy()
    if shadow is not None:
        _darken(pixels, cutout, placement, shadow, before)
    box = _visible_box(placement.box(cutout.size), scene.size)
    if box is not None:
        part = _slices(box)
        front = None
        if before is not None:
            colors = behind.colors if isinstance(behind, Cutout) else scene.pixels
            front = colors[part], before[part]
        layer, alpha = _placed(cutout.colors_for(scene), cutout.alpha, placement, box)
        mask[part] = alpha if before is None else alpha * (1 - before[part])
        solid = None if scene.alpha is None else opacity(scene.alpha[part])
        pixels[part] = _over(pixels[part], layer, alpha, front, solid)
    if not mask.any():
        raise InputError("Nothing of the person would be visible there: choose another place.")
    covered = scene.alpha if scene.alpha is None else _opaque(scene.alpha, mask)
    return replace(scene.with_pixels(pixels), alpha=covered).as_composite(), mask


def _over(
    below: np.ndarray,
    layer: np.ndarray,
    alpha: np.ndarray,
    front: tuple | None,
    solid: np.ndarray | None,
) -> np.ndarray:
    """The layer (premultiplied float32) over the scene's pixels, and the front over both.

    Each pixel goes from the scene to what it becomes as far as the layer covers it:
    (1 - a) scene + a (f front + (1 - f) layer / a). So nothing changes where the layer is not.
    solid: the scene's own alpha, float32 HW in [0, 1]; None = opaque. The scene's colors, those in
    front included, count as far as it is not clear, and the sum is divided by the new alpha.
    """
    a = alpha[..., None]
    s = np.float32(1) if solid is None else solid[..., None]
    visible = a
    mixed = below * (s * (1 - a))
    if front is None:
        mixed += layer
    else:
        colors, before = front[0], front[1][..., None]
        visible = a * (1 - before)
        mixed += layer * (1 - before) + colors * (s * a * before)
    if solid is not None:
        mixed /= np.maximum(s + (1 - s) * visible, NOT_ZERO)
    top = np.iinfo(below.dtype).max
    changed = np.rint(mixed).clip(0, top).astype(below.dtype)
    return np.where(a * np.maximum(s, visible) > 0, changed, below)


def _placed(
    colors: np.ndarray, alpha: np.ndarray, placement: Placement, box: Box
) -> tuple[np.ndarray, np.ndarray]:
    """The cut-out as it lies in a box of the scene: premultiplied float32 HWC, and alpha HW.

    What shrinks is averaged over areas first, so that no detail aliases; what is left (turn, part
    of a pixel, growth) is interpolated cubically.
    """
    height, width = alpha.shape
    top = np.float32(np.iinfo(colors.dtype).max)
    layers = np.dstack([colors * alpha[..., None], alpha])
    matrix = placement.matrix((width, height))
    if placement.scale < 1:
        small = (
            max(1, round(width * placement.scale)),
            max(1, round(height * placement.scale)),
        )
        layers = cv2.resize(layers, small, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([width / small[0], height / small[1], 1])
    warped = _warped(layers, matrix, box)
    return _valid(warped[..., :3], warped[..., 3], top)


def _warped(layers: np.ndarray, matrix: np.ndarray, box: Box) -> np.ndarray:
    """`layers` through a matrix between points, as OpenCV wants it between centers of pixels."""
    x0, y0, x1, y1 = box
    centers = matrix.copy()
    centers[:, 2] += matrix[:, :2] @ (0.5, 0.5) - (0.5 + x0, 0.5 + y0)
    size = (x1 - x0, y1 - y0)
    return cv2.warpAffine(layers, centers, size, flags=cv2.INTER_CUBIC)


def _valid(colors: np.ndarray, alpha: np.ndarray, top: np.float32) -> tuple[np.ndarray, np.ndarray]:
    """What cubic interpolation overshot, taken back without a change of color."""
    colors = colors / np.maximum(alpha, 1)[..., None]
    alpha = alpha.clip(0, 1)
    return colors.clip(0, alpha[..., None] * top), alpha


def _darken(
    pixels: np.ndarray,
    cutout: Cutout,
    placement: Placement,
    shadow: Shadow,
    before: np.ndarray | None,
) -> None:
    """Darken the scene where the cut-out's shadow falls, in place; not who stands before it."""
    size = (pixels.shape[1], pixels.shape[0])
    cast = shadow_at(cutout, placement, shadow, size)
    if cast is None:
        return
    depth, (x0, y0) = cast
    part = _slices((x0, y0, x0 + depth.shape[1], y0 + depth.shape[0]))
    if before is not None:
        depth = depth * (1 - before[part])
    darker = pixels[part] * (1 - depth[..., None])
    pixels[part] = np.rint(darker).astype(pixels.dtype)


def _visible_box(box: tuple[float, float, float, float], size: tuple[int, int]) -> Box | None:
    """The pixels of a photo of `size` (w, h) that a box reaches, a pixel of softness around it."""
    x0, y0 = (max(0, int(np.floor(edge)) - 1) for edge in box[:2])
    x1, y1 = (min(end, int(np.ceil(edge)) + 1) for edge, end in zip(box[2:], size, strict=True))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _slices(box: Box) -> tuple[slice, slice]:
    x0, y0, x1, y1 = box
    return slice(y0, y1), slice(x0, x1)


def _alpha_of(behind: np.ndarray | Cutout | None, scene: Photo) -> np.ndarray | None:
    """float32 HW of who stands before the cut-out; InputError for another size than the scene's."""
    if behind is None:
        return None
    alpha = behind.alpha if isinstance(behind, Cutout) else behind
    if alpha.shape != scene.size[::-1]:
        raise InputError("The mask of who stands before the person must have the scene's size.")
    return alpha.astype(np.float32, copy=False)


def _opaque(alpha: np.ndarray, mask: np.ndarray) -> np.ndarray:
    top = np.iinfo(alpha.dtype).max
    return np.rint(alpha + (top - alpha.astype(np.float32)) * mask).astype(alpha.dtype)
