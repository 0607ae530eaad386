"""The companion's work: nudges that go once and at the right time, and the numbers that learners see; see README.md.

nudges     who is nudged, when and why      numbers    goals, ratings, practice, summaries
letters    what is looked at right before a letter goes      scenes     what the demo shows
entries    what recurs
"""
