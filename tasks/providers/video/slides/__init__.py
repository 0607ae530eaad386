"""The look of a lesson: slides drawn with Pillow, without a font file of our own.

deck         one slide a scene, its points appearing one after the other
opening      the first slide; content: all others
palette      colors that belong to an interest
type         letters: faces, what they can show, and text fitted to a box
ground       smooth shapes, gradients, shadows
pictograms   one sign for each part of a lesson
"""

from __future__ import annotations

from bellwork.tasks.providers.video.slides.deck import Deck

__all__ = ["Deck"]
