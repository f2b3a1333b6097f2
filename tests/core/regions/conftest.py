"""Real photos that every installation has (public domain), and the models loaded once."""

from __future__ import annotations

import cv2
import matplotlib.cbook
import numpy as np
import pytest
import skimage.data

from iph_core.regions.people_head import PeopleHead
from iph_core.regions.photo_regions import PhotoRegions
from iph_core.regions.saliency import Saliency
from iph_core.regions.sam import Sam

# Drawn by hand around Eileen Collins in skimage's astronaut, without the helmet beside her.
ASTRONAUT_OUTLINE = [
    (232, 16), (200, 24), (158, 60), (156, 100), (182, 132), (184, 152), (150, 154), (118, 186),
    (112, 208), (66, 246), (44, 284), (28, 360), (20, 408), (24, 512), (278, 512), (278, 432),
    (304, 380), (356, 350), (352, 300), (338, 262), (304, 236), (290, 206), (256, 178), (266, 136),
    (296, 108), (298, 80), (284, 46), (262, 24),
]  # fmt: skip


def overlap(mask, truth):
    """Intersection over union of two masks at one half."""
    a, b = np.asarray(mask) >= 0.5, np.asarray(truth) >= 0.5
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


@pytest.fixture(scope="session")
def iou():
    return overlap


@pytest.fixture(scope="session")
def astronaut():
    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def hopper():
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        data = np.frombuffer(file.read(), np.uint8)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="session")
def pair(astronaut, hopper):
    """The astronaut in the left half, Grace Hopper in the right one: 1024 x 512."""
    return np.hstack([astronaut, hopper[:512]])


@pytest.fixture(scope="session")
def astronaut_truth():
    """The astronaut's mask in the pair."""
    truth = np.zeros((512, 1024), np.uint8)
    return cv2.fillPoly(truth, [np.array(ASTRONAUT_OUTLINE, np.int32)], 1).astype(np.float32)


@pytest.fixture(scope="session")
def sam():
    return Sam.load()


@pytest.fixture(scope="session")
def saliency():
    return Saliency.load()


@pytest.fixture(scope="session")
def head():
    return PeopleHead.load()


@pytest.fixture(scope="session")
def regions(pair, sam, saliency, head):
    return PhotoRegions(pair, (1024, 512), sam, saliency, head=head)
