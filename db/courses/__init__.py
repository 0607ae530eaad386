"""The courses system: learncraft.md's tables as they have to be, and what its jobs ask of them."""
