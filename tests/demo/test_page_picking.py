"""What the page does with late answers and with outlines (TypeScript), run by Node."""

from __future__ import annotations

from pathlib import Path

from tests.demo.node import needs_node, node_tests


@needs_node
def test_picking_while_answers_are_late(tmp_path: Path) -> None:
    node_tests("src/picking.test.ts", tmp_path)


@needs_node
def test_outlines_at_the_border_of_the_photo(tmp_path: Path) -> None:
    node_tests("src/shape.test.ts", tmp_path)
