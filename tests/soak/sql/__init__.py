"""The SQL of the soak.

order_rows orders, and the effects of their jobs     ticks      the calendar and old partitions, and their laws
feedback  what a rule of retention takes away       ground     what faults do to the database
"""
