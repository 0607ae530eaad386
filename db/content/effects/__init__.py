"""What students do with content, and what follows: views, completions and ratings are counted, topics make progress.

plan       the tables and triggers        functions  what callers in any language call, and what these share
feedback   one piece of feedback, and what became of it       following  the request that it leads to
unapplied  feedback whose job was never made
"""
