"""The support system's ground: who falls behind, why, and what is done about it."""
