"""The mask decoder on WebGPU; Chromium plays the GPU on the processor here, slowly."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from demo.examples_shipped import load_examples
from demo.web import FOLDER
from iph_core.photo import open_photo
from iph_core.regions.photo_regions import VIEW_SIDE
from iph_core.regions.sam import Sam, decoder_prompts
from iph_core.regions.wire import pack_embedding
from tests.browser.conftest import ARGUMENTS
from tests.browser.measure_decoder import prepare, served
from tests.browser.party import TRUTH, choose, overlap
from tests.browser.visit import Visit

PLAYED = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]
GPU_RUNTIME = FOLDER / "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.jspi.wasm"

# What a worker says of a tap, and again of the same: logits and scores.
DECODE = """async ([address, script, runtime, prompts]) => {
    const worker = new Worker(script, {type: "module"});
    const ask = (question) => new Promise((done, fail) => {
        worker.onmessage = ({data}) => (data.error ? fail(data.error) : done(data.decoded));
        worker.postMessage({id: 1, question});
    });
    const [graph, photoGraph] = ["tap", "photo"].map((name) => `${address}/${name}`);
    await ask({kind: "load", runtime: `${address}/${runtime}`, graph, photoGraph, threads: 1});
    const packed = () => fetch(`${address}/embedding`).then((answer) => answer.arrayBuffer());
    const told = [];
    for (let photos = 0; photos < 2; photos++) {
        await ask({kind: "open", packed: await packed()});
        const asked = {kind: "decode"};
        for (const name in prompts) asked[name] = Float32Array.from(prompts[name]);
        const {logits, scores} = await ask(asked);
        told.push({logits: [...logits], scores: [...scores]});
    }
    worker.terminate();
    return told;
}"""


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=[*ARGUMENTS, *PLAYED]
        )
        yield browser
        browser.close()


def test_a_gpu_decodes_what_a_processor_decodes(
    page_at: Callable[..., Page], tmp_path: Path
) -> None:
    example = load_examples()["launch-pad"]
    photo = open_photo(example.photo)
    embedding = Sam.load().embed(photo.srgb(max_side=VIEW_SIDE), photo.size)
    prepare(tmp_path)
    (tmp_path / "embedding").write_bytes(pack_embedding(embedding))
    for script in ("picker.js", "picker-gpu.js"):
        shutil.copy(FOLDER / "dist" / script, tmp_path)
    shutil.copy(GPU_RUNTIME, tmp_path / "gpu-runtime")
    tap = np.array([example.change], np.float32)
    points, labels = decoder_prompts(photo.size, tap, np.ones(1, np.float32), None)
    prompts = {"points": points.ravel().tolist(), "labels": labels.ravel().tolist()}
    prompts["extent"] = [64, 64]  # All cells, padding too.
    told = {}
    with served(tmp_path) as address:
        page = page_at(800, 600)
        page.set_default_timeout(300_000)
        page.goto(f"{address}/index.html")
        for script, runtime in (("picker.js", "runtime"), ("picker-gpu.js", "gpu-runtime")):
            told[script] = page.evaluate(DECODE, [address, script, runtime, prompts])
    for first, again in (told["picker.js"], told["picker-gpu.js"]):
        np.testing.assert_allclose(again["scores"], first["scores"], atol=1e-3)
    wasm, gpu = (told[script][0] for script in ("picker.js", "picker-gpu.js"))
    ours, theirs = inside(gpu), inside(wasm)
    assert theirs.any(axis=1).all()
    agreement = (ours & theirs).sum(1) / (ours | theirs).sum(1)
    assert agreement.min() >= 0.99
    np.testing.assert_allclose(gpu["scores"], wasm["scores"], atol=0.01)


def test_a_gpu_that_cannot_start_is_followed_by_the_processor(
    page_at: Callable[..., Page], address: str, photo: Path
) -> None:
    page = page_at(1280, 900)
    page.route("**/picker-gpu-*.wasm", lambda route: route.abort())
    here = Visit(page, address, query="/?decoder=gpu")
    here.upload(photo)
    here.wait_for_decoder()
    choose(here)
    here.expect_calm_server()
    assert here.asked("picker-gpu") >= 1
    assert here.asked("/decode") == 0
    assert overlap(here.mask(), TRUTH) > 0.85


def inside(told: dict[str, Any]) -> np.ndarray:
    return np.array(told["logits"]).reshape(4, -1) > 0
