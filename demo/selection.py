"""What a person said about one role: the page sends it, the server keeps it and says it back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from demo.texts import ERRORS
from iph_core.errors import InputError

Role = Literal["change", "match"]
Level = Literal["person", "part", "object"]

FAR = 100_000  # pixels; nothing that people draw lies further away
Place = Annotated[float, Field(ge=-FAR, le=FAR, allow_inf_nan=False)]


class Line(BaseModel):
    """A stroke of the brush; points are x, y, x, y, ... in pixels of the upright photo."""

    model_config = ConfigDict(frozen=True)

    points: Annotated[tuple[Place, ...], Field(min_length=2, max_length=8192)]
    radius: Annotated[float, Field(ge=0.25, le=4000, allow_inf_nan=False)]
    erase: bool = False

    @property
    def places(self) -> tuple[tuple[float, float], ...]:
        """The points as (x, y)."""
        return tuple(zip(self.points[::2], self.points[1::2], strict=True))


class Selection(BaseModel):
    """Everything that decides a region, in pixels of the upright photo.

    It starts from taps (x, y, True adds and False removes) and a box, or from a kept mask by its
    name; then its edge is moved by `grow` and the strokes are painted. Nothing at all is nobody.
    photo: the id of another photo, where all of this lies then; with nothing else, all of that one.
    """

    model_config = ConfigDict(frozen=True)

    taps: Annotated[tuple[tuple[Place, Place, bool], ...], Field(max_length=64)] = ()
    box: tuple[Place, Place, Place, Place] | None = None
    level: Level = "person"
    mask: Annotated[str, Field(max_length=80)] | None = None
    inverted: bool = False
    photo: Annotated[str, Field(max_length=80)] | None = None
    grow: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)] = 0
    strokes: Annotated[tuple[Line, ...], Field(max_length=500)] = ()
    automatic: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.taps and self.box is None and self.mask is None and self.photo is None

    @property
    def meant(self) -> Selection:
        """The same, whoever chose it."""
        return self.model_copy(update={"automatic": False})

    def check(self, width: int, height: int) -> None:
        """Raise InputError where it cannot mean anything in a photo of this size."""
        if not all(0 <= x < width and 0 <= y < height for x, y, _ in self.taps):
            raise InputError(ERRORS["outside"])
        if any(len(line.points) % 2 for line in self.strokes):
            raise InputError(ERRORS["bad_request"])


class RoleSelection(Selection):
    """The body of a request to choose."""

    role: Role

    def selection(self) -> Selection:
        return Selection(**self.model_dump(exclude={"role"}))
