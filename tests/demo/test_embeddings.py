from __future__ import annotations

import numpy as np

from demo.embeddings import Embeddings, Owned, RememberingModels


class CountingSam:
    """Embeds a picture as its mean and counts how often."""

    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, rgb: np.ndarray, size: tuple[int, int] | None = None) -> tuple:
        self.asked += 1
        return float(rgb.mean()), size


class Models:
    def __init__(self) -> None:
        self.sam = CountingSam()
        self.saliency = "as it was"


def picture(value: int) -> np.ndarray:
    return np.full((6, 8, 3), value, np.uint8)


def test_same_content_is_embedded_once() -> None:
    models = Models()
    ours = RememberingModels(models, Owned(Embeddings(4), "me"))
    assert ours.sam.embed(picture(7), (80, 60)) == (7.0, (80, 60))
    assert ours.sam.embed(picture(7).copy(), (80, 60)) == (7.0, (80, 60))
    assert models.sam.asked == 1
    assert ours.sam.embed(picture(8), (80, 60)) == (8.0, (80, 60))
    assert ours.sam.embed(picture(7), (160, 120)) == (7.0, (160, 120))
    assert models.sam.asked == 3


def test_another_owner_does_not_find_it() -> None:
    models, kept = Models(), Embeddings(4)
    for owner in ("me", "you"):
        RememberingModels(models, Owned(kept, owner)).sam.embed(picture(7))
    assert models.sam.asked == 2


def test_all_else_is_as_the_models_have_it() -> None:
    ours = RememberingModels(Models(), Owned(Embeddings(4), "me"))
    assert ours.saliency == "as it was" and ours.sam.name == "counting"


def test_the_one_unused_for_the_longest_goes() -> None:
    kept = Embeddings(2)
    for content in ("a", "b", "a", "c"):
        kept.get("me", content, lambda content=content: content)
    assert len(kept) == 2
    assert kept.get("me", "a", lambda: "again") == "a"
    assert kept.get("me", "b", lambda: "again") == "again"
