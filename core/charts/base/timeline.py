"""What a picture tells the player. Loads without Altair and pandas, with the page's text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the player needs of a picture: frames in all (as far as known or planned), frames known already.

    steps_of_frame: for a picture of unit "work", the step that each frame belongs to; else None.
    """

    frames: int
    known: int
    steps_of_frame: tuple[int, ...] | None = None
