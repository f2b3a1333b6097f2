"""Decoder times in Chromium, the original export against ours, in one page and one run.

python -m tests.browser.measure_decoder [--size 1024x683] [--rounds 15]
"""

from __future__ import annotations

import argparse
import functools
import gzip
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import sync_playwright

from demo.web import FOLDER
from iph_core import weights
from iph_core.regions import page_decoder
from iph_core.regions.sam import FRAME_SIDE, frame_size
from tests.browser.chromium import MISSING, find
from tests.browser.conftest import ARGUMENTS

WASM = FOLDER / "node_modules" / "onnxruntime-web" / "dist" / "ort-wasm-simd-threaded.wasm"
CELL = FRAME_SIDE // 64
RUN = """(task) => new Promise((done) => {
    const worker = new Worker("measure.js", { type: "module" });
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = (event) => done({ error: event.message });
    worker.postMessage(task);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the mask decoder in Chromium.")
    parser.add_argument("--size", default="1024x683", help="of the photo, WIDTHxHEIGHT")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    times = measure(width, height, arguments.rounds)
    print(f"photo {width} x {height}, {arguments.rounds} rounds, one thread, WebAssembly")
    for name in ("load", "photo"):
        print(f"ours, {name:10} {times[name][0]:8.1f} ms, once")
    for name in ("original", "ours"):
        taps = times[name][2:]
        print(f"{name:16} {statistics.median(taps):8.1f} ms (least {min(taps):.1f})")
    ratio = statistics.median(times["ours"][2:]) / statistics.median(times["original"][2:])
    print(f"ours / original  {ratio:8.2f}")


def measure(width: int, height: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each step, in the order in which they were taken."""
    path = find()
    if path is None:
        raise SystemExit(MISSING)
    extent = [min(64, -(-(side + 4) // CELL)) for side in frame_size((width, height))]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address:
        prepare(Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            page = browser.new_page()
            page.goto(f"{address}/index.html")
            task = {name: f"{address}/{name}" for name in ("runtime", "original", "photo", "tap")}
            sizes = {"width": width, "height": height, "extent": extent, "rounds": rounds}
            times = page.evaluate(RUN, {**task, **sizes})
            browser.close()
    if "error" in times:
        raise SystemExit(times["error"])
    return times


def prepare(folder: Path) -> None:
    """What the page loads."""
    decoder = page_decoder.find()
    if decoder is None:
        raise SystemExit("The page's mask decoder is missing or out of date: run `make weights`.")
    (folder / "index.html").write_text("<!doctype html><title>decoder</title>")
    (folder / "runtime").write_bytes(WASM.read_bytes())
    (folder / "original").write_bytes(weights.path("sam-decoder").read_bytes())
    (folder / "photo").write_bytes(gzip.decompress(decoder.photo.read_bytes()))
    (folder / "tap").write_bytes(gzip.decompress(decoder.tap.read_bytes()))
    command = ["node_modules/.bin/esbuild", "src/decoder/measure.ts", "--bundle", "--format=esm"]
    command += ["--target=es2020", "--log-level=error", f"--outfile={folder / 'measure.js'}"]
    subprocess.run(command, cwd=FOLDER, check=True)


class Quiet(SimpleHTTPRequestHandler):
    extensions_map: ClassVar = {**SimpleHTTPRequestHandler.extensions_map, "": "application/wasm"}

    def log_message(self, *_: object) -> None:
        pass

    def end_headers(self) -> None:
        """Isolated, so that threads may run (test_decoder.py); times are those of one thread."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
