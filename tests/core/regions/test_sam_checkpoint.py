from __future__ import annotations

import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.regions.sam import Sam
from iph_core.regions.sam_checkpoint import SamCheckpoint, find_checkpoint, load_sam

POINTS = np.array([[220.0, 400.0], [60.0, 200.0]], np.float32)
LABELS = np.array([1.0, 0.0], np.float32)
BOX = (20.0, 10.0, 380.0, 500.0)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """A ViT-B checkpoint as its authors publish them, with random weights, and its model."""
    import torch
    from segment_anything import sam_model_registry

    torch.manual_seed(0)
    model = sam_model_registry["vit_b"]().eval()
    path = tmp_path_factory.mktemp("checkpoint") / "any-name.pth"
    torch.save(model.state_dict(), path)
    yield path, model
    path.unlink()


@pytest.fixture(scope="session")
def predictor(checkpoint, astronaut):
    from segment_anything import SamPredictor

    predictor = SamPredictor(checkpoint[1])
    predictor.set_image(astronaut)
    return predictor


@pytest.fixture(scope="session")
def loaded(checkpoint):
    return SamCheckpoint.load(checkpoint[0], device="cpu")


@pytest.fixture(scope="session")
def embedding(loaded, astronaut):
    return loaded.embed(astronaut)


def test_embedding_equals_sam_predictors(embedding, predictor):
    assert embedding.size == (512, 512)
    expected = predictor.get_image_embedding().numpy()
    np.testing.assert_allclose(embedding.features, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("points", "labels", "box"),
    [(POINTS, LABELS, None), (POINTS, LABELS, BOX), (POINTS[:0], LABELS[:0], BOX)],
    ids=["taps", "taps and box", "box"],
)
def test_candidates_equal_sam_predictors_low_resolution_logits(
    loaded, embedding, predictor, points, labels, box
):
    candidates = loaded.decode(embedding, points, labels, box)
    prompts = {
        "point_coords": points if len(points) else None,
        "point_labels": labels if len(points) else None,
        "box": None if box is None else np.array(box),
    }
    _, single_score, single = predictor.predict(**prompts, multimask_output=False)
    _, several_scores, several = predictor.predict(**prompts, multimask_output=True)
    logits = np.concatenate([single, several])
    assert np.ptp(logits) > 0
    np.testing.assert_allclose(candidates.logits, logits, atol=1e-4)
    scores = np.concatenate([single_score, several_scores])
    np.testing.assert_allclose(candidates.scores, scores, atol=1e-4)


def test_one_photo_leaves_nothing_for_the_next(loaded, embedding):
    before = loaded.decode(embedding, POINTS, LABELS).logits
    other = type(embedding)(embedding.features[:, :, ::-1].copy(), (300, 400))
    assert not np.allclose(loaded.decode(other, POINTS, LABELS).logits, before, atol=1e-3)
    np.testing.assert_array_equal(loaded.decode(embedding, POINTS, LABELS).logits, before)


def test_a_named_checkpoint_takes_over(checkpoint, monkeypatch):
    monkeypatch.setenv("IPH_SAM_CHECKPOINT", str(checkpoint[0]))
    assert isinstance(load_sam("cpu"), SamCheckpoint)


def test_without_a_checkpoint_the_small_model_is_taken(tmp_path, monkeypatch):
    monkeypatch.delenv("IPH_SAM_CHECKPOINT", raising=False)
    monkeypatch.setattr("iph_core.weights.directory", lambda: tmp_path)
    assert find_checkpoint() is None
    monkeypatch.undo()
    monkeypatch.setattr("iph_core.regions.sam_checkpoint.find_checkpoint", lambda: None)
    assert isinstance(load_sam("cpu"), Sam)


def test_the_largest_checkpoint_of_the_weights_folder_is_taken(tmp_path, monkeypatch):
    for name in ("sam_vit_b_01ec64.pth", "sam_vit_l_0b3195.pth", "encoder.onnx"):
        (tmp_path / name).touch()
    monkeypatch.delenv("IPH_SAM_CHECKPOINT", raising=False)
    monkeypatch.setenv("IPH_WEIGHTS", str(tmp_path))
    assert find_checkpoint() == tmp_path / "sam_vit_l_0b3195.pth"


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut off"])
def test_a_broken_checkpoint_is_named_in_one_sentence(tmp_path, monkeypatch, content):
    path = tmp_path / "sam_vit_b_01ec64.pth"
    path.write_bytes(content)
    monkeypatch.setenv("IPH_SAM_CHECKPOINT", str(path))
    with pytest.raises(InputError, match=r"sam_vit_b_01ec64\.pth is not a SAM checkpoint"):
        load_sam("cpu")


def test_weights_of_another_network_are_refused(tmp_path):
    import torch

    for number, state in enumerate([[1, 2], {"weight": torch.zeros(3)}]):
        path = tmp_path / f"{number}.pth"
        torch.save(state, path)
        with pytest.raises(InputError, match="is not a SAM checkpoint"):
            SamCheckpoint.load(path)


def test_a_cut_down_checkpoint_is_refused(tmp_path):
    import torch

    path = tmp_path / "half.pth"
    torch.save({"image_encoder.patch_embed.proj.bias": torch.zeros(768)}, path)
    with pytest.raises(InputError, match="is not a SAM checkpoint"):
        SamCheckpoint.load(path)


def test_a_checkpoint_with_code_in_it_is_not_run(tmp_path):
    import torch

    path = tmp_path / "evil.pth"
    torch.save({"image_encoder": print}, path)
    with pytest.raises(InputError, match="is not a SAM checkpoint"):
        SamCheckpoint.load(path)


def test_a_missing_checkpoint_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("IPH_SAM_CHECKPOINT", str(tmp_path / "none.pth"))
    with pytest.raises(InputError, match=r"none\.pth does not exist"):
        load_sam("cpu")
