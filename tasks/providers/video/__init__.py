"""Film: a script and its narration as an MP4 with slides, captions and voice in step.

render     the one call; writes whole files or none
timeline   when which slide shows what, in step with the voice
captions   sentence by sentence, set to the pauses that are really in the audio (quiet)
film       H.264, AAC and mov_text into one file
figure     a picture from outside, opened with care
slides/    the look
"""

from __future__ import annotations

from bellwork.tasks.providers.video.protocol import Film
from bellwork.tasks.providers.video.render import render

__all__ = ["Film", "render"]
