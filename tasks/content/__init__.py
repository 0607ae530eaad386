"""The request pipeline: from a student's question to a film, one file for each stage; the whole of it is in README.md.

understand, check_cache, write_script, narrate, render   the stages     clarification   the question back
feedback  what a student says has its effect            issues  what the curriculum is told
notify                                                   the notices    sweeps          what the calendar sends
retention    what leaves otherwise than by rules of rows: uploads, ends of contracts    departures  as doors to it
lists        class lists: a file becomes users and places in classes
entries      what recurs                                 old_names      actors that one of another name replaced
"""
