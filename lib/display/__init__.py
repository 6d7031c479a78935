"""What the meter shows, without hardware: a glass map, a screen drawn on it, display lists.

`Screen.image` is what an LCD controller with 32 nibbles of display RAM is to hold.
"""

from .carousel import Carousel
from .emulator import LoadEmulator
from .glass import Glass
from .lists import DisplayList, Item, normal_list
from .overlay import Overlay
from .screen import Screen

__all__ = (
    "Carousel",
    "DisplayList",
    "Glass",
    "Item",
    "LoadEmulator",
    "Overlay",
    "Screen",
    "normal_list",
)
