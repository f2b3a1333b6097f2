from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest

from iph_core import runtime, weights
from iph_core.errors import MissingWeightsError
from iph_core.regions import decoder_weights
from iph_core.regions.sam import (
    CANDIDATE_LOGITS,
    CANDIDATE_SCORES,
    PIXEL_MEAN,
    PIXEL_STD,
    Embedding,
    Sam,
    decoder_prompts,
    encoder_input,
    frame_size,
)
from iph_core.weights import Entry

POINTS = np.array([[220.0, 400.0], [60.0, 200.0]], np.float32)
LABELS = np.array([1.0, 0.0], np.float32)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1024, 512), (1024, 512)), ((4000, 6000), (683, 1024)), ((100, 100), (1024, 1024))],
)
def test_frame_has_its_long_side_at_1024(size, expected):
    assert frame_size(size) == expected


def test_encoder_input_is_normalized_first_and_padded_with_zeros_after():
    gray = np.full((256, 512, 3), (10, 20, 30), np.uint8)
    frame = encoder_input(gray, (512, 256))
    assert frame.shape == (1, 3, 1024, 1024)
    expected = (np.array([10, 20, 30]) - PIXEL_MEAN) / PIXEL_STD
    np.testing.assert_allclose(frame[0, :, 511, 1023], expected, rtol=1e-5)
    assert np.all(frame[0, :, 512:] == 0)


def test_prompts_are_scaled_to_the_frame_and_padded_where_there_is_no_box():
    coordinates, labels = decoder_prompts((2048, 1024), POINTS, LABELS, None)
    np.testing.assert_allclose(coordinates, [[[110, 200], [30, 100], [0, 0]]])
    np.testing.assert_allclose(labels, [[1, 0, -1]])


def test_a_box_is_two_points_with_labels_of_their_own():
    coordinates, labels = decoder_prompts((512, 256), POINTS[:0], LABELS[:0], (1, 2, 300, 200))
    np.testing.assert_allclose(coordinates, [[[2, 4], [600, 400]]])
    np.testing.assert_allclose(labels, [[2, 3]])


def test_embedding_has_sams_layout(regions):
    assert regions.embedding.features.shape == (1, 256, 64, 64)
    assert regions.embedding.features.dtype == np.float32
    assert regions.embedding.size == (1024, 512)


def test_a_small_view_of_a_large_photo_takes_prompts_in_the_photos_pixels(sam, pair, regions):
    large = sam.embed(pair, (4096, 2048))
    np.testing.assert_array_equal(large.features, regions.embedding.features)
    here = sam.decode(regions.embedding, POINTS, LABELS)
    there = sam.decode(large, POINTS * 4, LABELS)
    np.testing.assert_array_equal(here.logits, there.logits)


@pytest.fixture(scope="module")
def whole_decoder():
    """The package's decoder, uncut, with its inner candidates as further outputs."""
    model = onnx.load(str(weights.path("sam-decoder")))
    for name in (CANDIDATE_LOGITS, CANDIDATE_SCORES):
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    return runtime.onnx_session(model.SerializeToString())


@pytest.mark.parametrize("box", [None, (20.0, 10.0, 380.0, 512.0)])
def test_candidates_equal_the_tensors_of_the_original_graph(regions, whole_decoder, box):
    coordinates, labels = decoder_prompts((1024, 512), POINTS, LABELS, box)
    names = [CANDIDATE_LOGITS, CANDIDATE_SCORES, "low_res_masks", "iou_predictions"]
    logits, scores, chosen, chosen_score = whole_decoder.run(
        names,
        {
            "image_embeddings": regions.embedding.features,
            "point_coords": coordinates,
            "point_labels": labels,
            "mask_input": np.zeros((1, 1, 256, 256), np.float32),
            "has_mask_input": np.zeros(1, np.float32),
            "orig_im_size": np.array([512, 1024], np.float32),
        },
    )
    candidates = Sam.with_decoder(None).decode(regions.embedding, POINTS, LABELS, box)
    assert candidates.logits.shape == (4, 256, 256)
    assert candidates.scores.shape == (4,)
    np.testing.assert_allclose(candidates.logits, logits[0], atol=1e-3)
    np.testing.assert_allclose(candidates.scores, scores[0], atol=1e-4)
    # What the export answers is one of the four, with that one's score.
    same = np.flatnonzero(np.isclose(candidates.scores, chosen_score[0, 0], atol=1e-4))
    assert any(np.allclose(candidates.logits[i], chosen[0, 0], atol=1e-3) for i in same)


def test_threads_share_one_model(sam, regions):
    taps = [np.array([[x, 300.0]], np.float32) for x in (100, 250, 600, 750, 900)]
    one = np.ones(1, np.float32)
    alone = [sam.decode(regions.embedding, tap, one).logits for tap in taps]
    with ThreadPoolExecutor(5) as pool:
        together = list(pool.map(lambda tap: sam.decode(regions.embedding, tap, one), taps))
    for expected, got in zip(alone, together, strict=True):
        np.testing.assert_allclose(got.logits, expected, atol=1e-4)


def test_the_people_decoder_is_used_where_the_manifest_names_one(tmp_path, monkeypatch):
    stock = weights.directory()
    for name in ("sam-encoder", "sam-decoder"):
        file = weights.path(name)
        (tmp_path / file.name).symlink_to(file)
    listed = [entry for entry in weights.entries() if entry.name in ("sam-encoder", "sam-decoder")]
    people = tmp_path / "people.safetensors"
    decoder_weights.save_decoder(decoder_weights.torch_modules(stock / "sam.onnx")[1], people)
    committed = Entry(
        "sam-people",
        people.name,
        "test",
        "MIT",
        people.stat().st_size,
        weights.sha256(people),
        True,
    )
    monkeypatch.setattr(weights, "directory", lambda: tmp_path)
    embedding = Embedding(np.zeros((1, 256, 64, 64), np.float32), (512, 512))
    for entries, whole in ((listed, None), ([*listed, committed], 3)):
        monkeypatch.setattr(weights, "entries", lambda entries=entries: entries)
        assert Sam.load().decode(embedding, POINTS, LABELS).whole == whole
    people.unlink()
    with pytest.raises(MissingWeightsError, match="is missing: run `git checkout"):
        Sam.load()
