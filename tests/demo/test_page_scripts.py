"""What the page does with late, lost and refused answers, and with outlines: its own tests
(TypeScript), run by Node."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.demo.node import needs_node, node_tests


@needs_node
@pytest.mark.parametrize(
    "source",
    [
        "ask",
        "picking",
        "flow",
        "visit",
        "edits",
        "focus",
        "back",
        "line",
        "viewer",
        "shape",
        "pictures",
        "result/result",
        "result/keeping",
        "result/setting",
        "compose/composer",
        "decoder/picker",
    ],
)
def test_the_pages_own_tests_pass(source: str, tmp_path: Path) -> None:
    node_tests(f"src/{source}.test.ts", tmp_path)
