"""What the page does while steps run, fail and are left (TypeScript), run by Node."""

from __future__ import annotations

from pathlib import Path

from tests.demo.node import needs_node, node_tests


@needs_node
def test_steps_that_are_left_lost_or_broken_off(tmp_path: Path) -> None:
    node_tests("src/flow.test.ts", tmp_path)
