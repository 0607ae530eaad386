"""A school's library, as another author's distribution brings it: Bellwork does not know of it."""
