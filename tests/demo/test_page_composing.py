"""What the page does while two photos become one (TypeScript), run by Node."""

from __future__ import annotations

from pathlib import Path

from tests.demo.node import needs_node, node_tests


@needs_node
def test_composing_while_the_server_fails_or_is_late(tmp_path: Path) -> None:
    node_tests("src/compose/composer.test.ts", tmp_path)
