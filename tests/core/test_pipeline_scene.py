"""References, and one scene asked many times, from several threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.photo import open_photo, photo_from_array
from iph_core.photo.space import SRGB
from iph_core.pipeline import Reference, Scene
from iph_core.regions.mask import Region


def a_box(size, box):
    mask = np.zeros(size[::-1], np.float32)
    x0, y0, x1, y1 = box
    mask[y0:y1, x0:x1] = 1
    return mask


# Who was pasted


def bluer(picture):
    """As in the shade, and darker: linear light times 0.35, 0.5 and 0.8."""
    light = SRGB.to_linear(picture / 255) * (0.35, 0.5, 0.8)
    return np.rint(255 * SRGB.from_linear(light)).astype(np.uint8)


@pytest.mark.parametrize("side", ["left", "right"])
def test_whose_colors_were_changed_is_likely_pasted(models, two_people, side):
    half = np.s_[:, :512] if side == "left" else np.s_[:, 512:]
    photo = two_people.copy()
    before = Scene(photo_from_array(photo), models)
    masks = [person.region.mask for person in before.people()]
    there = max(masks, key=lambda mask: mask[half].sum() - mask.sum() / 2)
    changed = photo + there[..., None] * (bluer(photo).astype(float) - photo)
    scene = Scene(photo_from_array(np.rint(changed).astype(np.uint8)), models)
    likely = scene.likely_pasted()
    first = likely[0].region.mask
    assert first[half].sum() > 0.9 * first.sum()
    assert sorted(person.score for person in likely) == sorted(
        person.score for person in scene.people()
    )


def test_who_is_alone_is_compared_with_nobody(models, two_people):
    alone = Scene(photo_from_array(np.ascontiguousarray(two_people[:, 512:])), models)
    assert [each.box for each in alone.likely_pasted()] == [each.box for each in alone.people()]


# References


def test_kinds_of_reference(redder, noise, left, right):
    scene = Scene(photo_from_array(noise), redder)
    foreground = scene.region(left)
    other = Reference(photo_from_array(noise[::-1, ::2].copy()), np.ones((96, 64), bool))
    for reference, kind in ((scene.region(right), "region"), (other, "image")):
        result = scene.harmonize(foreground, reference)
        assert result.reference_kind == kind
        assert result.reference is reference
        assert set(result.timings) == {"load", "network", "fit"}
        assert all(seconds >= 0 for seconds in result.timings.values())


def test_gray_stays_gray_beside_gray_alone(redder, noise, left, right):
    gray = np.repeat(noise[..., :1], 3, 2)
    scene = Scene(photo_from_array(gray), redder)
    result = scene.harmonize(scene.region(left), scene.region(right)).pixels()
    assert np.ptp(result.astype(int), axis=2).max() <= 1
    assert (result.mean(2) - gray.mean(2))[left > 0.5].mean() > 1  # it is still brighter
    colorful = Reference(photo_from_array(noise), np.ones(noise.shape[:2], bool))
    toned = scene.harmonize(scene.region(left), colorful).pixels()
    assert np.ptp(toned.astype(int), axis=2).max() > 5


def test_without_a_reference_whoever_stands_out_is_taken(models, two_people):
    scene = Scene(photo_from_array(two_people), models)
    her = a_box((1024, 512), (20, 20, 360, 512))
    result = scene.harmonize(scene.region(her))
    assert result.reference_kind == "default"
    assert isinstance(result.reference, Region)
    assert result.reference.mask[100:300, 730:800].mean() > 0.9
    assert result.reference.mask[:, :360].max() == 0
    assert "default_reference" in result.timings


class Finding:
    """Regions in which one thing stands out, or nothing."""

    def __init__(self, region):
        self.region = region

    def prepare(self):
        pass

    def offers(self, exclude):
        return () if self.region is None else (self.region,)


def test_where_nothing_stands_out_the_background_is_taken(redder, noise, left):
    scene = Scene(photo_from_array(noise), redder)
    scene._regions = Finding(None)
    result = scene.harmonize(scene.region(left))
    assert result.reference_kind == "background"
    assert result.reference is None


def test_a_default_that_the_band_hides_is_not_suggested(redder, noise, left):
    """Beside the foreground lies a band that the network never sees: a default in it would fail."""
    scene = Scene(photo_from_array(noise), redder)
    scene._regions = Finding(Region(a_box((128, 96), (50, 20, 53, 80))))
    assert scene.default_reference(scene.region(left)) is None
    assert scene.harmonize(scene.region(left)).reference_kind == "background"


def test_references_that_leave_nothing_to_compare_are_refused(redder, noise, left, right):
    scene = Scene(photo_from_array(noise), redder)
    with pytest.raises(InputError, match="reference lies in the foreground"):
        scene.harmonize(scene.region(left), scene.region(left))
    dot = a_box((128, 96), (100, 50, 101, 51))
    with pytest.raises(InputError, match="too small"):
        scene.harmonize(scene.region(left), Region(dot))
    with pytest.raises(InputError, match="reference region is too small"):
        scene.harmonize(scene.region(left), Reference(photo_from_array(noise), dot))
    with pytest.raises(InputError, match="mask is faint"):
        scene.harmonize(scene.region(left), Reference(photo_from_array(noise), right * 0.1))


def test_a_foreground_that_fills_the_photo_is_refused(redder, noise):
    scene = Scene(photo_from_array(noise), redder)
    scene._regions = Finding(None)
    with pytest.raises(InputError, match="leaves no background"):
        scene.harmonize(Region(np.ones((96, 128), np.float32)))


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((128, 96), bool), r"The mask is 96x128 but the photo is 128x96"),
        (np.ones((96, 128, 3)), "The mask is 128x96x3 but"),
        (np.zeros((96, 128)), "The mask is empty"),
        (np.full((96, 128), 255, np.uint8), "divide an 8-bit mask by 255"),
        (np.full((96, 128), -0.5), "outside 0 to 1"),
        (np.full((96, 128), np.nan), "outside 0 to 1"),
    ],
)
def test_masks_that_do_not_fit_are_refused(redder, noise, left, right, mask, message):
    photo = photo_from_array(noise)
    scene = Scene(photo, redder)
    for use in (
        lambda: scene.region(mask),
        lambda: Reference(photo, mask),
        lambda: scene.harmonize(Region(mask), Region(right)),
        lambda: scene.harmonize(Region(left), Region(mask)),
    ):
        with pytest.raises(InputError, match=message):
            use()


def test_a_wrong_tap_is_answered_before_any_model_loads(noise):
    scene = Scene(photo_from_array(noise), models=object())
    with pytest.raises(InputError, match="tap 2000,10 lies outside"):
        scene.pick(taps=[(2000, 10)])


# One scene, many calls


@pytest.fixture
def calls(models, monkeypatch):
    """How often the models are asked, the models themselves untouched."""
    counts = {"embed": 0, "decode": 0, "predict": 0}

    def counted(model, name):
        original = getattr(model, name)

        def call(*args, **kwargs):
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(model, name, call)

    counted(models.sam, "embed")
    counted(models.sam, "decode")
    counted(models.saliency, "predict")
    return counts


def test_a_photo_is_embedded_once_and_never_decoded_for_a_given_reference(models, calls, examples):
    scene = Scene(open_photo(examples / "pioneers-small.jpg"), models)
    width, height = scene.photo.size
    scene.prepare()
    scene.prepare()
    assert calls == {"embed": 1, "decode": 0, "predict": 1}
    me = scene.pick(taps=[(0.65 * width, 0.7 * height), (5, 5, False)])
    assert calls == {"embed": 1, "decode": 1, "predict": 1}
    scene.harmonize(me)
    after_the_default = dict(calls)
    assert after_the_default["embed"] == 1
    for left in (0, width // 4):
        box = (left, height // 2, left + width // 4, height)
        scene.harmonize(me, scene.region(a_box(scene.photo.size, box)))
    assert calls == after_the_default


def test_threads_that_share_a_scene_share_its_embedding(models, calls, examples):
    scene = Scene(open_photo(examples / "visitor-small.jpg"), models)
    barrier = threading.Barrier(4)

    def pick(_):
        barrier.wait()
        return scene.pick(taps=[(0.25 * scene.photo.width, 0.8 * scene.photo.height)]).mask

    with ThreadPoolExecutor(4) as pool:
        masks = list(pool.map(pick, range(4)))
    assert calls["embed"] == 1
    assert all(np.array_equal(mask, masks[0]) for mask in masks)


def test_scenes_in_threads_do_not_mix(models, examples):
    photos = [open_photo(examples / f"{name}-small.jpg") for name in ("pioneers", "visitor")]

    def harmonized(photo):
        scene = Scene(photo, models)
        me, other = (scene.pick(taps=[(x * photo.width, 0.7 * photo.height)]) for x in (0.65, 0.2))
        return scene.harmonize(me, other).pixels()

    alone = [harmonized(photo) for photo in photos]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(harmonized, photos))
    for one, another in zip(alone, together, strict=True):
        assert np.abs(one.astype(int) - another).max() <= 1


def test_a_mask_may_leave_its_range_by_a_rounding(redder, noise, left):
    blurred = left.astype(np.float32) * np.float32(1.0001)
    scene = Scene(photo_from_array(noise), redder)
    assert scene.region(blurred).mask.max() == 1
