from __future__ import annotations

import numpy as np

from iph_core.regions.saliency import network_input, stretch


def test_input_is_divided_by_the_maximum_and_normalized():
    rgb = np.zeros((40, 60, 3), np.uint8)
    rgb[...] = (50, 100, 200)
    tensor = network_input(rgb)
    assert tensor.shape == (1, 3, 320, 320)
    expected = (np.array([0.25, 0.5, 1.0]) - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(tensor[0, :, 7, 9], expected, rtol=1e-5)


def test_a_black_photo_has_a_finite_input():
    assert np.isfinite(network_input(np.zeros((8, 8, 3), np.uint8))).all()


def test_a_strip_is_averaged_along_its_length():
    stripes = np.zeros((200, 3200, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.ptp(network_input(stripes)[0, 0]) < 0.1  # nearly 4.4 for black and white


def test_stretch_takes_the_extremes_to_0_and_1():
    np.testing.assert_allclose(stretch(np.array([2.0, 3.0, 6.0], np.float32)), [0, 0.25, 1])
    np.testing.assert_array_equal(stretch(np.full(3, 0.3, np.float32)), 0)


def test_a_person_stands_out_of_the_background(saliency, hopper):
    salient = saliency.predict(hopper)
    assert salient.shape == hopper.shape[:2]
    assert salient.dtype == np.float32
    assert 0 <= salient.min() < 0.01 < 0.99 < salient.max() <= 1
    face, sky = salient[150:300, 200:310], salient[20:200, 440:500]
    assert face.mean() > 0.9
    assert sky.mean() < 0.1
