"""Publishing: a course is handed in, checked for all that it lacks, and decided about."""
