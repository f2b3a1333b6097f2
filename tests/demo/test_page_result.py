"""What the result view asks for and lets go, and pictures that fail (TypeScript), run by Node."""

from __future__ import annotations

from pathlib import Path

from tests.demo.node import needs_node, node_tests


@needs_node
def test_result_while_answers_are_late_or_refused(tmp_path: Path) -> None:
    node_tests("src/result/result.test.ts", tmp_path)


@needs_node
def test_pictures_that_fail_for_long(tmp_path: Path) -> None:
    node_tests("src/pictures.test.ts", tmp_path)
