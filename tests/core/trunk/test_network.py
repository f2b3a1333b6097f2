"""The trunk: padding, folding, and what it says of a real photo."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from iph_core import weights
from iph_core.errors import InputError
from iph_core.trunk.network import FEATURES, STRIDE, SameConv2d, Trunk
from iph_core.trunk.published import EPSILON, fold, read_trunk


@pytest.mark.parametrize(("side", "stride", "kernel"), [(8, 2, 3), (8, 2, 5), (9, 2, 3), (8, 1, 5)])
def test_what_is_odd_in_the_padding_goes_right_and_below(side, stride, kernel):
    torch.manual_seed(0)
    convolution = SameConv2d(2, 3, kernel, stride, 1)
    picture = torch.rand(1, 2, side, side)
    found = convolution(picture)
    assert found.shape[-1] == -(-side // stride)
    total = (found.shape[-1] - 1) * stride + kernel - side
    before = total // 2
    wide = torch.zeros(1, 2, side + total, side + total)
    wide[..., before : before + side, before : before + side] = picture
    for row in range(found.shape[-2]):
        for column in range(found.shape[-1]):
            patch = wide[
                ...,
                row * stride : row * stride + kernel,
                column * stride : column * stride + kernel,
            ]
            by_hand = (patch * convolution.weight).sum((1, 2, 3)) + convolution.bias
            torch.testing.assert_close(found[0, :, row, column], by_hand)


def test_a_folded_convolution_is_convolution_and_normalization():
    checkpoint = torch.load(weights.path("trunk"), weights_only=True)
    folded = fold(checkpoint)
    trunk = Trunk()
    trunk.load_state_dict(folded)
    picture = torch.rand(2, 3, 32, 32)
    expected = F.batch_norm(
        F.conv2d(F.pad(picture, (0, 1, 0, 1)), checkpoint["_conv_stem.weight"], stride=2),
        checkpoint["_bn0.running_mean"],
        checkpoint["_bn0.running_var"],
        checkpoint["_bn0.weight"],
        checkpoint["_bn0.bias"],
        eps=EPSILON,
    )
    with torch.no_grad():
        torch.testing.assert_close(trunk.stem(picture), expected, atol=2e-5, rtol=1e-4)


def test_features_stand_in_cells():
    features = Trunk()(torch.rand(2, 3, 64, 96))
    assert features.shape == (2, FEATURES, 64 // STRIDE, 96 // STRIDE)


def test_features_see_the_thing_rather_than_its_color():
    """A warm photo of an astronaut is nearer to the photo than a photo of a cat is."""
    data = pytest.importorskip("skimage.data")
    trunk = Trunk()
    trunk.load_state_dict(read_trunk(weights.path("trunk")))

    def features(picture, gains=(1, 1, 1)):
        tensor = torch.from_numpy(picture.copy()).movedim(-1, 0)[None].float() / 255
        tensor = F.interpolate(tensor, (128, 128), mode="area")
        tensor = (tensor * torch.tensor(gains).view(1, 3, 1, 1)).clamp(0, 1)
        with torch.no_grad():
            return trunk(tensor).mean((2, 3))[0]

    person, warm = features(data.astronaut()), features(data.astronaut(), (1.15, 1.0, 0.8))
    cat = features(data.chelsea())
    assert F.cosine_similarity(person, warm, 0) > F.cosine_similarity(person, cat, 0) + 0.1


def test_another_file_is_told_in_a_sentence(tmp_path):
    torch.save({"weight": torch.zeros(1)}, tmp_path / "other.pth")
    (tmp_path / "text.pth").write_text("no weights")
    for name in ("other.pth", "text.pth", "missing.pth"):
        with pytest.raises(InputError, match=r"no.* checkpoint of EfficientNet-Lite0: take"):
            read_trunk(tmp_path / name)
