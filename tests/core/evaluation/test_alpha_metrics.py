from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from iph_core.evaluation.alpha_metrics import gradient_error, mse, sad, slope


def test_sad_and_mse_by_hand():
    truth = np.array([[0, 0.5], [1, 1]], np.float32)
    alpha = np.array([[0.25, 0.5], [0.5, 1]], np.float32)
    assert sad(alpha, truth) == pytest.approx(0.75)
    assert mse(alpha, truth) == pytest.approx((0.0625 + 0.25) / 4)
    where = np.array([[True, True], [False, False]])
    assert sad(alpha, truth, where) == pytest.approx(0.25)
    assert mse(alpha, truth, where) == pytest.approx(0.0625 / 2)
    assert mse(alpha, truth, np.zeros((2, 2), bool)) == 0


def test_the_slope_of_a_ramp_is_what_it_rises_by():
    ramp = np.tile(np.arange(40) * 0.02, (40, 1)).astype(np.float32)
    assert slope(ramp)[20, 8:-8] == pytest.approx(0.02, abs=1e-6)
    assert slope(ramp.T)[8:-8, 20] == pytest.approx(0.02, abs=1e-6)


def test_the_slope_is_that_of_a_gaussian_derivative():
    alpha = np.zeros((41, 41), np.float32)
    alpha[:, 20:] = 1
    # A step under a Gaussian of sigma 1.4 rises by its density, 1 / (1.4 sqrt(2 pi)) = 0.285.
    assert slope(alpha)[20].max() == pytest.approx(0.285, abs=0.02)
    alpha = np.random.default_rng(0).random((41, 41)).astype(np.float32)
    expected = ndimage.gaussian_gradient_magnitude(alpha.astype(float), 1.4, truncate=5 / 1.4)
    assert slope(alpha)[8:-8, 8:-8] == pytest.approx(expected[8:-8, 8:-8], rel=0.03, abs=0.005)


def test_gradient_error_by_hand():
    steep = np.tile(np.arange(40) * 0.02, (40, 1)).astype(np.float32)
    flat = np.tile(np.arange(40) * 0.01, (40, 1)).astype(np.float32)
    where = np.zeros((40, 40), bool)
    where[20, 10:20] = True
    assert gradient_error(flat, steep, where) == pytest.approx(10 * 0.01**2, rel=1e-4)
    assert gradient_error(flat.T.copy(), flat, where) == pytest.approx(0, abs=1e-9)  # Lengths only.


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match="truth"):
        sad(np.zeros((2, 2)), np.zeros((2, 3)))
