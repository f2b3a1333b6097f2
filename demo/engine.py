"""What the page needs of the library, with models that load in the background."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from demo.embeddings import Owned, RememberingModels

log = logging.getLogger(__name__)


class Engine:
    """Opens photos and scenes. `start()` loads the models without holding up the page."""

    def __init__(self, max_pixels: int, max_bytes: int) -> None:
        self._max_pixels, self._max_bytes = max_pixels, max_bytes
        self._models: Any = None
        self._lock = threading.Lock()
        self.state = "loading"  # then "ready" or "failed"
        self.problem = ""  # what people can do where it failed, as far as that is known

    def start(self) -> None:
        threading.Thread(target=self.warm_up, name="models", daemon=True).start()

    def warm_up(self) -> None:
        try:
            self.models().warm_up()
        except ValueError as error:  # InputError: a sentence for people
            self.state, self.problem = "failed", str(error)
            log.error("%s", error)
        except Exception:
            self.state = "failed"
            log.exception("loading the models failed")
        else:
            self.state = "ready"

    def models(self) -> Any:
        with self._lock:
            if self._models is None:
                import iph_core

                self._models = iph_core.Models()
            return self._models

    def open_photo(self, path: Path) -> Any:
        from iph_core.photo import open_photo

        return open_photo(path, max_pixels=self._max_pixels, max_bytes=self._max_bytes)

    def scene(self, photo: Any, embeddings: Owned | None = None) -> Any:
        """A photo opened for picking; `embeddings` are those of its session."""
        import iph_core

        models = self.models()
        return iph_core.Scene(
            photo, RememberingModels(models, embeddings) if embeddings else models
        )


class SessionEngine:
    """The engine for the photos of one session."""

    def __init__(self, engine: Engine, embeddings: Owned) -> None:
        self.open_photo = engine.open_photo
        self._engine, self._embeddings = engine, embeddings

    def scene(self, photo: Any) -> Any:
        return self._engine.scene(photo, self._embeddings)
