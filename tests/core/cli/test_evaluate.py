"""`python -m iph_core evaluate`."""

from __future__ import annotations

import json

import pytest
import torch

from iph_core.cli import main
from iph_core.data.recipe import PROTOCOLS
from iph_core.evaluation.measure import METRICS
from iph_core.evaluation.methods import METHODS
from iph_core.models import Models
from iph_core.network import build, save_network
from iph_core.photo import open_photo
from tests.core.evaluation.ready_folder import write_ready_set
from tests.folders import write_folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data")


@pytest.fixture
def weights(tmp_path):
    """A color head that does something, whatever it is."""
    torch.manual_seed(0)
    network = build("iph-color")
    torch.nn.init.normal_(network.head[-1].weight, std=0.1)
    save_network(network, "iph-color", tmp_path / "random.safetensors")
    return tmp_path / "random.safetensors"


def run(*words):
    return main(["evaluate", "--device", "cpu", "--size", "32", *map(str, words)])


def test_tables_and_figures_are_the_same_at_every_call(folder, weights, tmp_path, capsys):
    words = (folder, "--weights", weights, "--json", tmp_path / "figures.json")
    printed, written = [], []
    for _ in range(2):
        assert run(*words) == 0
        # Only the time that it took may differ, which stands in the last line.
        *lines, seconds = capsys.readouterr().out.splitlines()
        assert seconds.startswith("seconds a photo: composite")
        printed.append(lines)
        written.append(json.loads((tmp_path / "figures.json").read_text()))
        assert set(written[-1].pop("seconds")) == set(METHODS)
    assert printed[0] == printed[1]
    assert written[0] == written[1]
    assert f"{written[0]['results']['look']['mkl']['ssim']['mean']:.4f}" in "\n".join(printed[0])


def test_the_json_holds_every_figure(folder, weights, tmp_path):
    run(folder, "--weights", weights, "--json", tmp_path / "figures.json")
    written = json.loads((tmp_path / "figures.json").read_text(), parse_constant=pytest.fail)
    assert written["weights"] == str(weights)
    assert written["size"] == 32
    assert written["data"] == [str(folder)]
    results = written["results"]
    assert set(results) == {*PROTOCOLS, "recolored-rim", "twice"}
    for protocol in PROTOCOLS:
        assert list(results[protocol]) == list(METHODS)
    assert list(results["recolored-rim"]) == ["composite", "iph"]
    assert list(results["twice"]) == ["iph"]
    for methods in results.values():
        for columns in methods.values():
            assert set(columns) == set(METRICS)
            for figure in columns.values():
                assert set(figure) >= {"mean", "ci95", "n", "by_source"}
                assert figure["n"] == 5
                assert figure["by_source"] == {"others": pytest.approx(figure["mean"])}
    standard = results["standard"]
    difference = standard["iph"]["fpsnr"]["mean"] - standard["composite"]["fpsnr"]["mean"]
    assert standard["iph"]["gain"]["mean"] == pytest.approx(difference, abs=1e-4)
    assert difference != 0
    best = max(standard, key=lambda method: standard[method]["fpsnr"]["mean"])
    assert best == "oracle-color-map"


def test_methods_and_protocols_by_name_need_no_network(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Models, "network", property(lambda self: pytest.fail("no network")))
    words = ("--method", "mkl", "--method", "reinhard", "--protocol", "look", "--protocol", "twice")
    assert run(folder, *words, "--json", tmp_path / "figures.json") == 0
    results = json.loads((tmp_path / "figures.json").read_text())["results"]
    assert {name: list(methods) for name, methods in results.items()} == {
        "look": ["composite", "reinhard", "mkl"]
    }
    assert "iph" not in capsys.readouterr().out


def test_a_limit(folder, tmp_path):
    words = ("--method", "mkl", "--protocol", "standard", "--limit", "3")
    run(folder, *words, "--json", tmp_path / "figures.json")
    results = json.loads((tmp_path / "figures.json").read_text())["results"]
    assert results["standard"]["mkl"]["fpsnr"]["n"] == 3


def test_a_source_left_out_changes_no_other_composite(folder, tmp_path):
    words = ("--method", "mkl", "--protocol", "standard", "--json", tmp_path / "figures.json")
    families = []
    for choice in ((), ("--leave-out", "portraits")):
        run(folder, *words, *choice)
        results = json.loads((tmp_path / "figures.json").read_text())["results"]
        families.append(results["standard"]["composite"]["fpsnr"]["by_family"])
    whole, kept = families
    assert list(kept) == ["look", "saturation-hue", "tone"]  # those of photos three to five
    assert kept == {name: whole[name] for name in kept}


def test_a_limit_is_of_the_sources_that_are_left(folder, tmp_path):
    words = ("--method", "mkl", "--protocol", "standard", "--limit", "2")
    words = (*words, "--leave-out", "portraits", "--json", tmp_path / "figures.json")
    run(folder, *words)
    results = json.loads((tmp_path / "figures.json").read_text())["results"]
    assert results["standard"]["mkl"]["fpsnr"]["n"] == 2


def test_a_ready_set(tmp_path, weights, capsys):
    ready = write_ready_set(tmp_path / "triples")
    words = ("--weights", weights, "--json", tmp_path / "ready.json")
    assert run(ready, *words, "--sheet", tmp_path / "sheet.png") == 0
    results = json.loads((tmp_path / "ready.json").read_text())["results"]
    assert set(results) == {"ready"}
    assert list(results["ready"]) == list(METHODS)
    composite = results["ready"]["composite"]["fpsnr"]
    assert set(composite["by_source"]) == {"triples"}
    assert composite["n"] == 3
    assert 10 < composite["mean"] < 22
    printed = capsys.readouterr().out
    assert "ready (3)" in printed
    assert "triples" in printed
    sheet = open_photo(tmp_path / "sheet.png")
    assert sheet.size == ((len(METHODS) + 1) * 36, 20 + 3 * 36)


def test_a_ready_set_beside_a_folder(folder, tmp_path):
    ready = write_ready_set(tmp_path / "triples")
    words = ("--method", "reinhard", "--json", tmp_path / "both.json")
    run(folder, ready, *words)
    results = json.loads((tmp_path / "both.json").read_text())["results"]
    assert set(results) == {*PROTOCOLS, "ready"}
    run(folder, ready, *words, "--protocol", "ready")
    results = json.loads((tmp_path / "both.json").read_text())["results"]
    assert set(results) == {"ready"}


def test_a_split_and_several_folders(folder, tmp_path):
    other = write_folder(tmp_path / "other")
    words = ("--method", "mkl", "--protocol", "standard", "--json", tmp_path / "figures.json")
    for folders, photos in (((folder, "--split", "val"), 2), ((folder, other), 10)):
        run(*folders, *words)
        results = json.loads((tmp_path / "figures.json").read_text())["results"]
        assert results["standard"]["mkl"]["fpsnr"]["n"] == photos


def written_by(tmp_path, *words):
    """What the JSON of a call holds."""
    assert run(*words, "--json", tmp_path / "figures.json") == 0
    return json.loads((tmp_path / "figures.json").read_text())


def test_the_json_says_what_was_left_out_and_compared(folder, weights, tmp_path):
    words = ("--method", "mkl", "--protocol", "standard", "--compare", f"mine={weights}")
    written = written_by(tmp_path, folder, *words, "--limit", 2, "--leave-out", "portraits")
    assert (written["leave_out"], written["limit"]) == (["portraits"], 2)
    assert written["compare"] == {"mine": str(weights)}
    assert list(written["results"]["standard"]) == ["composite", "mkl", "mine"]


def test_a_ready_set_is_left_out_by_its_folders_name(folder, tmp_path):
    ready = [write_ready_set(tmp_path / name) for name in ("here", "there")]
    words = (folder, *ready, "--method", "mkl", "--protocol", "standard", "--protocol", "ready")

    def photos(*left_out):
        options = [word for source in left_out for word in ("--leave-out", source)]
        results = written_by(tmp_path, *words, *options)["results"]
        return {name: methods["mkl"]["fpsnr"]["n"] for name, methods in results.items()}

    assert photos() == {"standard": 5, "ready": 6}
    assert photos("here") == {"standard": 5, "ready": 3}
    assert photos("here", "portraits") == {"standard": 3, "ready": 3}
    assert photos("here", "there") == {"standard": 5}
    assert photos("portraits", "animals", "things") == {"ready": 6}


def test_a_source_that_no_data_has_cannot_be_left_out(folder, tmp_path, capsys):
    ready = write_ready_set(tmp_path / "here")
    assert run(folder, ready, "--method", "mkl", "--leave-out", "hear") == 2
    assert "choose from ['animals', 'here', 'portraits', 'things']" in capsys.readouterr().err
    assert run(ready, "--method", "mkl", "--leave-out", "here") == 2
    assert "Every source is left out" in capsys.readouterr().err


def test_a_split_that_nobody_has_is_refused_for_ready_sets(tmp_path, capsys):
    ready = write_ready_set(tmp_path / "here")
    assert run(ready, "--split", "banana", "--method", "mkl") == 2
    assert "invalid choice: 'banana'" in capsys.readouterr().err


def test_a_sheet_of_what_is_harmonized_twice(folder, weights, tmp_path):
    words = ("--weights", weights, "--method", "iph", "--protocol", "twice")
    assert run(folder, *words, "--sheet", tmp_path / "sheet.png") == 0
    assert open_photo(tmp_path / "sheet.png").size == (3 * 36, 20 + 5 * 36)


def test_a_sheet_shows_the_first_protocol_that_is_measured(folder, tmp_path):
    """`twice` has no use for mkl: the photos of the next one are drawn, which are more."""
    ready = write_ready_set(tmp_path / "triples")
    words = ("--method", "mkl", "--protocol", "twice", "--protocol", "ready")
    words = (*words, "--leave-out", "animals", "--leave-out", "things")
    assert run(folder, ready, *words, "--sheet", tmp_path / "sheet.png") == 0
    assert open_photo(tmp_path / "sheet.png").size == (3 * 36, 20 + 3 * 36)


def test_what_was_measured_is_kept_when_a_later_protocol_fails(folder, tmp_path, capsys):
    ready = write_ready_set(tmp_path / "triples")
    (ready / "b_composite.jpg").write_text("no picture")
    words = ("--method", "mkl", "--protocol", "standard", "--protocol", "ready")
    files = ("--json", tmp_path / "figures.json", "--sheet", tmp_path / "sheet.png")
    assert run(folder, ready, *words, *files) == 2
    assert "b_composite.jpg" in capsys.readouterr().err
    written = json.loads((tmp_path / "figures.json").read_text())
    assert list(written["results"]) == ["standard"]
    assert set(written["seconds"]) == {"composite", "mkl"}
    assert open_photo(tmp_path / "sheet.png").size == (3 * 36, 20 + 5 * 36)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--split", "test"), "invalid choice: 'test' (choose from 'train', 'val')"),
        (("--device", "tpu"), "Unknown device 'tpu'"),
        (("--size", "0"), "'0' is not a whole number above 0"),
        (("--size", "31"), "--size 31 is too small to be measured: give 32 pixels or more"),
        (("--leave-out", "portrait"), "No photo is of source 'portrait'"),
        (("--weights", "nowhere.safetensors"), "nowhere.safetensors does not exist"),
        (("--weights", "iph-huge"), "No network is called 'iph-huge'"),
        (("--json", "nowhere/figures.json"), "The folder nowhere does not exist"),
        (("--sheet", "nowhere/sheet.png"), "The folder nowhere does not exist"),
        (("--sheet", "sheet.doc"), "Cannot save a photo as '.doc'"),
        (("--method", "photoshop"), "Unknown method 'photoshop': choose from composite, iph,"),
        (("--protocol", "hard"), "Unknown protocol 'hard': choose from standard, look,"),
        (("--protocol", "ready"), "No protocol fits the folders"),
        (("--protocol", "twice", "--method", "mkl"), "add --method iph"),
        (("--limit", "none"), "'none' is not a whole number above 0"),
        (("--compare", "mine"), "--compare 'mine' is not understood: write NAME=WEIGHTS"),
        (("--compare", "iph=x.safetensors"), "takes a method's name: choose another name"),
        (("--compare", "a=x", "--compare", "a=y"), "names two networks 'a': choose two names"),
        (("--json", "/proc/figures.json"), "/proc/figures.json cannot be written"),
        (("nowhere",), "nowhere has no index.csv"),
    ],
)
def test_wrong_words_end_in_one_sentence(folder, weights, capsys, words, sentence):
    given = () if "--weights" in words else ("--weights", weights)
    assert run(*given, *words, folder) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
