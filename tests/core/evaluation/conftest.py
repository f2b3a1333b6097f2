from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from iph_core.data.folder import Example, read_folder
from tests.folders import PICTURES, write_folder


@pytest.fixture
def pair_and_single(tmp_path) -> list[Example]:
    """A photo of two people, one in each half (labels 1 and 2), and one of somebody alone."""
    pair, single = read_folder(write_folder(tmp_path / "data", PICTURES[:2]))
    labels = np.asarray(Image.open(pair.labels)).copy()
    half = labels.shape[1] // 2
    labels[:, :half], labels[:, half:] = 1, 2
    Image.fromarray(labels).save(pair.labels)
    alone = np.ones(np.asarray(Image.open(single.labels)).shape, np.uint8)
    Image.fromarray(alone).save(single.labels)
    return [pair, single]
