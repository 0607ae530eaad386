"""What the content system shows in the demo: six requests become films, an old month leaves, letters are written.

lessons  the scene        cases   who asks what, and when       checks  did each end as it should?
seen     a request as it stands at a moment                     films   is it whole, what is said in it, how it looks
letters  what was written to whom                               month   a month of the audit trail that leaves
blow     a process that renders is killed                           tables  the table, and what happened when
"""

from __future__ import annotations

from bellwork.tasks.content.scenes.lessons import Lessons

SCENES = (Lessons,)
