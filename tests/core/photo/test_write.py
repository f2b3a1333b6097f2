from __future__ import annotations

import io
import logging

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from iph_core.errors import InputError
from iph_core.photo import (
    Photo,
    encode_jpeg,
    encode_png,
    open_mask,
    open_photo,
    photo_from_array,
    save_mask,
    save_photo,
    write_file,
)
from iph_core.photo.depth import to_8_bits

MAKE, DATE_TAKEN, CAMERA, SUBSAMPLING = 271, 36867, 34665, 530


def exif_block() -> bytes:
    exif = Image.Exif()
    exif[MAKE] = "Camera works"
    exif.get_ifd(CAMERA)[DATE_TAKEN] = "2026:01:02 03:04:05"
    return exif.tobytes()


def photo_of(pixels, alpha=None, profile=None, exif=None) -> Photo:
    return Photo(pixels, alpha, profile, exif, "photo", "0" * 64)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".TIFF"])
@pytest.mark.parametrize("depth", ["colors", "deep_colors"])
@pytest.mark.parametrize("with_alpha", [False, True])
def test_lossless_files_read_elsewhere(tmp_path, request, suffix, depth, with_alpha):
    pixels = request.getfixturevalue(depth)
    alpha = np.ascontiguousarray(pixels[::-1, :, 0]) if with_alpha else None
    path = tmp_path / f"out{suffix}"
    save_photo(photo_of(pixels, alpha), path)
    expected = pixels if alpha is None else np.dstack([pixels, alpha])
    if suffix == ".png":
        order = [2, 1, 0, 3][: expected.shape[2]]
        independent = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., order]
    else:
        independent = tifffile.imread(path)
        with Image.open(path) as image:  # and Pillow, to its end
            assert np.abs(np.asarray(image).astype(int) - to_8_bits(expected)).max() <= 1
    assert independent.dtype == pixels.dtype
    assert np.array_equal(independent, expected)
    again = open_photo(path)
    assert np.array_equal(again.pixels, pixels)
    assert (again.alpha is None) == (alpha is None)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"])
@pytest.mark.parametrize("depth", ["colors", "deep_colors"])
def test_profile_and_exif_stand_in_every_format(tmp_path, request, suffix, depth, p3_profile):
    path = tmp_path / f"out{suffix}"
    save_photo(photo_of(request.getfixturevalue(depth), None, p3_profile, exif_block()), path)
    with Image.open(path) as image:
        image.load()
        assert image.info["icc_profile"] == p3_profile
        exif = image.getexif()
        assert exif[MAKE] == "Camera works"
        assert exif.get_ifd(CAMERA)[DATE_TAKEN] == "2026:01:02 03:04:05"
    again = open_photo(path)
    assert again.profile == p3_profile
    assert b"2026:01:02 03:04:05" in again.exif


def test_a_large_tiff_of_many_strips(tmp_path, p3_profile):
    pixels = np.random.default_rng(0).integers(0, 65536, (700, 900, 3), dtype=np.uint16)
    path = tmp_path / "out.tiff"
    save_photo(photo_of(pixels, None, p3_profile, exif_block()), path)
    assert len(tifffile.TiffFile(path).pages[0].dataoffsets) > 1
    assert np.array_equal(tifffile.imread(path), pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_16_bits_become_8_where_the_format_has_8(tmp_path, suffix):
    smooth = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    path = tmp_path / f"out{suffix}"
    save_photo(photo_of(np.dstack([smooth] * 3)), path)
    independent = np.asarray(Image.open(path)).astype(float)
    assert independent.dtype != np.uint16
    assert np.abs(independent - smooth[..., None] / 257).mean() < 1.5


def test_jpeg_keeps_full_color_resolution_from_quality_90(colors):
    def sampling(quality: int) -> tuple[int, int]:
        image = Image.open(io.BytesIO(encode_jpeg(colors, quality)))
        return image.layer[0][1:3]

    assert sampling(90) == sampling(95) == (1, 1)
    assert sampling(80) == (2, 2)


def test_jpeg_leaves_alpha_out_and_colors_alone(tmp_path):
    pixels = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    path = tmp_path / "out.jpg"
    save_photo(photo_of(pixels, np.zeros((16, 16), np.uint8)), path)
    image = Image.open(path)
    assert image.mode == "RGB"
    assert np.abs(np.asarray(image).astype(int) - pixels).max() <= 3


def test_webp_keeps_alpha(tmp_path, colors):
    alpha = np.linspace(0, 255, colors.shape[0] * colors.shape[1]).astype(np.uint8)
    alpha = alpha.reshape(colors.shape[:2])
    path = tmp_path / "out.webp"
    save_photo(photo_of(colors, alpha), path)
    assert np.array_equal(np.asarray(Image.open(path))[..., 3], alpha)


def test_a_photo_goes_through_a_file_and_back_unchanged(tmp_path, deep_colors, p3_profile):
    first = photo_of(deep_colors, deep_colors[..., 2].copy(), p3_profile, exif_block())
    for suffix in (".png", ".tiff"):
        save_photo(first, tmp_path / f"a{suffix}")
        second = open_photo(tmp_path / f"a{suffix}")
        assert np.array_equal(second.pixels, first.pixels)
        assert np.array_equal(second.alpha, first.alpha)
        assert second.profile == first.profile
        save_photo(second, tmp_path / f"b{suffix}")
        assert open_photo(tmp_path / f"b{suffix}").exif == second.exif


def test_exif_too_long_for_jpeg_is_said(colors, caplog):
    exif = Image.Exif()
    exif[270] = "x" * 70_000
    with caplog.at_level(logging.WARNING):
        data = encode_jpeg(colors, 90, exif=exif.tobytes())
    assert "EXIF" in caplog.text
    assert Image.open(io.BytesIO(data)).size == (32, 24)


def test_unknown_suffix_quality_and_folder(tmp_path, colors):
    photo = photo_from_array(colors)
    for name in ("out.gif", "out.heic", "out"):
        with pytest.raises(InputError, match=r"choose one of \.png, \.jpg"):
            save_photo(photo, tmp_path / name)
    for quality in (0, 101):
        with pytest.raises(InputError, match="Quality"):
            save_photo(photo, tmp_path / "out.jpg", quality=quality)
    with pytest.raises(InputError, match="cannot be written"):
        save_photo(photo, tmp_path / "no folder" / "out.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        save_photo(photo, tmp_path / "folder.png")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.png"]


def test_a_picture_too_wide_for_its_format(tmp_path):
    for name, most in (("out.webp", 16383), ("out.jpg", 65500)):
        widest, wider = (photo_from_array(np.zeros((1, w, 3), np.uint8)) for w in (most, most + 1))
        save_photo(widest, tmp_path / name)
        assert open_photo(tmp_path / name).size == (most, 1)
        with pytest.raises(InputError, match=f"at most {most} pixels a side"):
            save_photo(wider, tmp_path / name)


def test_a_failed_write_leaves_the_old_file(tmp_path, colors, monkeypatch):
    path = tmp_path / "out.png"
    save_photo(photo_from_array(colors), path)
    before = path.read_bytes()

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fails)
    with pytest.raises(InputError, match="No space left"):
        save_photo(photo_from_array(255 - colors), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]


def test_ctrl_c_leaves_nothing_beside(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "out.png", b"all of it")
    assert list(tmp_path.iterdir()) == []


def test_a_write_protected_file_stays(tmp_path):
    path = tmp_path / "final.png"
    path.write_bytes(b"the only one")
    path.chmod(0o444)
    with pytest.raises(InputError, match=r"final\.png is write-protected: choose another name"):
        write_file(path, b"another")
    assert path.read_bytes() == b"the only one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "private.png"
    path.write_bytes(b"")
    path.chmod(0o600)
    write_file(path, b"another")
    assert path.read_bytes() == b"another"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link(tmp_path, colors):
    real = tmp_path / "real.png"
    link = tmp_path / "link.png"
    link.symlink_to(real)
    save_photo(photo_from_array(colors), link)
    assert link.is_symlink()
    assert np.array_equal(np.asarray(Image.open(real)), colors)


def test_masks_go_through_a_file(tmp_path):
    mask = np.array([[0, 0.2, 0.5], [0.8, 1, 1]], np.float32)
    path = tmp_path / "mask.png"
    save_mask(mask, path)
    image = Image.open(path)
    assert image.mode == "L"
    assert np.asarray(image).tolist() == [[0, 51, 128], [204, 255, 255]]
    assert np.abs(open_mask(path, (3, 2)) - mask).max() <= 0.5 / 255 + 1e-6
    save_mask(mask > 0.4, path)
    assert np.asarray(Image.open(path)).tolist() == [[0, 0, 255], [255, 255, 255]]
    with pytest.raises(InputError, match=r"\.png"):
        save_mask(mask, tmp_path / "mask.jpg")


def test_encode_png_for_the_page(colors):
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(colors)))), colors)
