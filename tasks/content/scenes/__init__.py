"""What the content system shows in the demo: requests become films, an old month leaves, a class list is read in.

lessons  the first scene        cases   who asks what, and when       checks  did each end as it should?
seen     a request as it stands at a moment                     films   is it whole, what is said in it, how it looks
letters  what was written to whom                               month   a month of the audit trail that leaves
blow     a process that renders is killed                       tables  the table, and what happened when
simpler  a lesson is wished for in simpler words                class_list  the second scene: seven faulty rows
"""

from __future__ import annotations

from bellwork.tasks.content.scenes.class_list import ClassList
from bellwork.tasks.content.scenes.lessons import Lessons

SCENES = (Lessons, ClassList)
