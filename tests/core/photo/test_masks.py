from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from iph_core.errors import InputError
from iph_core.photo import open_mask

INSIDE = np.array([[0, 51, 255], [102, 204, 153]], np.uint8)


def encoded(pixels: np.ndarray, format: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format)
    return buffer.getvalue()


def test_masks_of_every_kind_give_the_same_values():
    expected = INSIDE / 255
    gray16 = cv2.imencode(".png", INSIDE.astype(np.uint16) * 257)[1].tobytes()
    painted = np.dstack([np.full((2, 3, 3), 7, np.uint8), INSIDE])
    opaque = np.dstack([INSIDE] * 3 + [np.full((2, 3), 255, np.uint8)])
    kinds = {
        "gray": encoded(INSIDE, "PNG"),
        "rgb": encoded(np.dstack([INSIDE] * 3), "PNG"),
        "16 bits": gray16,
        "alpha": encoded(painted, "PNG"),
        "alpha the same everywhere": encoded(opaque, "PNG"),
        "tiff": encoded(INSIDE, "TIFF"),
    }
    for kind, data in kinds.items():
        mask = open_mask(data, (3, 2))
        assert mask.dtype == np.float32, kind
        assert np.allclose(mask, expected, atol=1e-6), kind


def test_a_colored_mask_gives_its_luma():
    red = np.zeros((2, 3, 3), np.uint8)
    red[..., 0] = 255
    assert np.allclose(open_mask(encoded(red, "PNG"), (3, 2)), 0.299, atol=1 / 255)


def test_a_mask_of_labels_0_and_1():
    mask = open_mask(encoded(np.array([[0, 1, 1]], np.uint8), "PNG"), (3, 1))
    assert mask.tolist() == [[0, 1, 1]]


def test_masks_that_do_not_fit():
    with pytest.raises(InputError, match="The mask is 3x2 but the photo is 4x2"):
        open_mask(encoded(INSIDE, "PNG"), (4, 2))
    with pytest.raises(InputError, match="The mask is empty"):
        open_mask(encoded(np.zeros((2, 3), np.uint8), "PNG"), (3, 2))
    with pytest.raises(InputError, match="the mask is not a picture"):
        open_mask(b"no mask", (3, 2))
