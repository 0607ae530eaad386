"""What keeps the place in order, whichever system made the mess; the calendar sends all of it.

tidy_storage        removes the parts of files whose writers died
tidy_tables         removes dead rows and renews statistics
rotate              makes partitions ahead of their time, archives and drops old ones
drill               puts an archived partition back as a trial
sweep_by_rule       takes away what is due by a rule of any system
entries             when
"""
