"""What the tests of the way through share: examples, trained models, and networks whose answer is
known beforehand, so that the truth does not hang on training."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib.cbook
import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from iph_core.color_map import ColorMap
from iph_core.models import Models
from iph_core.network import build, save_network
from iph_core.network.color_head import NODES, TERMS

RED_LEVELS = 20
"""How much the `redder` network adds to red, in levels of 255."""

POLYNOMIAL = 3 * NODES  # Where it starts among the color head's answers: 11 terms x R, G, B.
RED_TIMES_RED, CONSTANT_TO_RED = POLYNOMIAL, POLYNOMIAL + 3 * (TERMS - 1)
HEAD_SCALE = 0.1  # What the color head's answers are multiplied by.


@pytest.fixture(scope="session")
def examples() -> Path:
    return Path(__file__).parents[2] / "demo" / "examples"


@pytest.fixture(scope="session")
def models() -> Models:
    """What ships, loaded once."""
    return Models(device="cpu")


@pytest.fixture(scope="session")
def untrained_weights(tmp_path_factory) -> Path:
    """A network with fresh weights: it changes nothing."""
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    save_network(build("iph-color"), "iph-color", path)
    return path


@pytest.fixture(scope="session")
def redder_weights(tmp_path_factory) -> Path:
    """A network that adds `RED_LEVELS` to the red of the foreground, whatever it sees."""
    path = tmp_path_factory.mktemp("weights") / "redder.safetensors"
    save_known_network(path, CONSTANT_TO_RED, RED_LEVELS / 255)
    return path


def save_known_network(path: Path, answer: int, value: float) -> None:
    """A network that always gives this one answer of the color head."""
    network = build("iph-color")
    with torch.no_grad():
        network.head[-1].bias[answer] = value / HEAD_SCALE
    save_network(network, "iph-color", path)


@pytest.fixture(scope="session")
def untrained(untrained_weights) -> Models:
    return Models(untrained_weights, device="cpu")


@pytest.fixture(scope="session")
def redder(redder_weights) -> Models:
    return Models(redder_weights, device="cpu")


@pytest.fixture(scope="session")
def half_red(tmp_path_factory) -> Models:
    """A network that halves the red (sRGB-encoded) of the foreground."""
    path = tmp_path_factory.mktemp("weights") / "half-red.safetensors"
    save_known_network(path, RED_TIMES_RED, -0.5)
    return Models(path, device="cpu")


@pytest.fixture(scope="session")
def two_people() -> np.ndarray:
    """The astronaut in the left half, Grace Hopper in the right one: uint8 512 x 1024."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        hopper = np.asarray(Image.open(file).convert("RGB"))
    return np.hstack([skimage.data.astronaut(), hopper[:512]])


def person_mask() -> np.ndarray:
    """Where the astronaut stands, with a soft edge: float32 (512, 512)."""
    mask = np.zeros((512, 512), np.float32)
    cv2.ellipse(mask, (230, 280), (140, 220), 0, 0, 360, 1, -1)
    return cv2.GaussianBlur(mask, (0, 0), 2)


def warmer_map() -> ColorMap:
    """Some red and more blue taken away, the shadows lifted."""
    coefficients = ColorMap.identity().coefficients.copy()
    coefficients[0, 0], coefficients[2, 2], coefficients[10] = 0.95, 0.85, 0.04
    return ColorMap(coefficients)


@pytest.fixture
def noise() -> np.ndarray:
    """uint8 (96, 128, 3): moderate colors that no change of a few levels clips."""
    return np.random.default_rng(5).integers(60, 180, (96, 128, 3), dtype=np.uint8)


@pytest.fixture
def left() -> np.ndarray:
    """Hard mask of `noise`'s size: a box in the left half."""
    mask = np.zeros((96, 128), np.float32)
    mask[20:80, 10:50] = 1
    return mask


@pytest.fixture
def right() -> np.ndarray:
    """Hard mask of `noise`'s size: a box in the right half."""
    mask = np.zeros((96, 128), np.float32)
    mask[10:90, 70:120] = 1
    return mask
