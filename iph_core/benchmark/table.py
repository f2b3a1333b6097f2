"""The measurements as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iph_core.benchmark.steps import AGAIN, FORWARD, STEPS

WIDTH = 20


def text_tables(measured: dict[str, Any]) -> str:
    """One table a device: a row a step, seconds and MB of peak memory for each size."""
    runs = measured["runs"]
    devices = list(dict.fromkeys(run["device"] for run in runs))
    load = " ".join(f"{value:g}" for value in measured["load"])
    head = f"{measured['photo']}, {measured['cores']} cores, load {load}; seconds, MB at most"
    of_device = {name: [run for run in runs if run["device"] == name] for name in devices}
    tables = [_table(name, measured_there) for name, measured_there in of_device.items()]
    notes = list(dict.fromkeys(note for run in runs for note in run["notes"]))
    return "\n\n".join([head, *tables, _growth(measured["bytes_a_pixel"]), *notes])


def _table(device: str, runs: Sequence[dict[str, Any]]) -> str:
    names = [*STEPS, FORWARD, *AGAIN]
    names += dict.fromkeys(name for run in runs for name in run["peers"])
    longest = max(map(len, names))
    sizes = [f"{run['megapixels']:g} MP" for run in runs]
    lines = [device.upper().ljust(longest) + "".join(size.rjust(WIDTH) for size in sizes)]
    lines += [_line(name, longest, [run["steps"] | run["peers"] for run in runs]) for name in names]
    for title, key, unit in (
        ("network + fit + apply", "seconds", " s"),
        ("against the floor", "ratio", " x"),
        ("peak of these", "peak_mb", " MB"),
    ):
        cells = [f"{run['bars'][key]:.3g}{unit}" if key in run["bars"] else "-" for run in runs]
        lines.append(title.ljust(longest) + "".join(cell.rjust(WIDTH) for cell in cells))
    return "\n".join(lines)


def _line(name: str, longest: int, noted: Sequence[dict[str, dict[str, float]]]) -> str:
    cells = [
        f"{step[name]['seconds']:.3f}  {step[name]['peak_mb']:6.0f}" if name in step else "-"
        for step in noted
    ]
    return name.ljust(longest) + "".join(cell.rjust(WIDTH) for cell in cells)


def _growth(bytes_a_pixel: dict[str, float]) -> str:
    if not bytes_a_pixel:
        return "Growth of the peak with the photo: give two sizes."
    worst = max(bytes_a_pixel, key=lambda name: bytes_a_pixel[name])
    cells = ", ".join(f"{name} {bytes_a_pixel[name]:.1f}" for name in STEPS)
    return f"Peak, bytes a pixel: {cells}; at most {bytes_a_pixel[worst]:.1f} ({worst})."
