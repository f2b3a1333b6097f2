from __future__ import annotations

import pytest

from demo.uploads import safe_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("party.jpg", "party.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\us two.png", "us_two.png"),
        (".bashrc", "bashrc"),
        ("", "photo"),
        ("..", "photo"),
        ('a"\r\nSet-Cookie: x.jpg', "a_Set-Cookie_x.jpg"),
        ("日本.jpg", "日本.jpg"),
        ("हिन्दी 1.jpg", "हिन्दी_1.jpg"),
        ("U\u0308ni foto 2.png", "Üni_foto_2.png"),
        ("ü" * 300 + ".jpeg", "ü" * 57 + ".jpeg"),
        ("a.\u202egpj.exe\x00", "a._gpj.exe"),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"),
    ],
)
def test_file_names_become_harmless(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept
