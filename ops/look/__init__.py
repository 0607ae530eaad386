"""How things stand, in words and as data, for a terminal and for a page alike."""
