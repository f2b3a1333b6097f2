"""Who plays which role in one photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.selection import Role, Selection


@dataclass
class Choice:
    """Who plays a role. `region` is None until computed again; of another photo, a `Reference`.

    description: what the page is told of it.
    """

    selection: Selection
    region: Any
    description: dict[str, Any]


class Roles:
    """Who is changed, and who or what is matched.

    It may be asked while it changes: the answer is that of before or of after.
    """

    def __init__(self) -> None:
        self._now: tuple[dict[Role, Choice], bool] = ({}, False)

    def get(self, role: Role) -> Choice | None:
        return self._now[0].get(role)

    @property
    def wants_background(self) -> bool:
        """Whether people chose to match nobody."""
        return self._now[1]

    def is_ours(self, role: Role) -> bool:
        """Whether people left it to us who plays a role."""
        choice = self.get(role)
        return choice is None or choice.selection.automatic

    def matched(self) -> Selection | None:
        """Whom people or we chose to match; an empty one for the background, None for nobody."""
        choices, background = self._now
        if "match" in choices:
            return choices["match"].selection
        return Selection() if background else None

    def cast(self, cast: Mapping[Role, Choice | None], background: bool | None = None) -> None:
        """Give roles, or with None to nobody, in one go; background: whether it is matched then,
        None to leave that as it is."""
        choices, wanted = self._now
        cast = {**choices, **cast}
        kept = {role: choice for role, choice in cast.items() if choice is not None}
        self._now = (kept, wanted if background is None else background)

    def regions(self) -> list[Any]:
        """Of everyone who plays a role; None where it was released."""
        return [choice.region for choice in self._now[0].values()]

    def release(self) -> None:
        """Give the memory of regions back."""
        for choice in self._now[0].values():
            choice.region = None

    def describe(self) -> dict[str, Any]:
        regions, other = {}, None
        choices, background = self._now
        for role, choice in choices.items():
            if choice.selection.photo is None:
                regions[role] = choice.description
            else:
                other = choice.description
        return {"background": background, "regions": regions, "other": other}
