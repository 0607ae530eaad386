"""The support system's work: who falls behind is found, and somebody acts."""
