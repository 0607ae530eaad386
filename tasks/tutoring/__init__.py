"""The tutoring system's work: from a session's row to a tutor's figures, and to what is done about them."""
