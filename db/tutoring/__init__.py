"""The tutoring system's ground: how tutors do, who is about to leave and what is done about it, after tutormax.md."""
