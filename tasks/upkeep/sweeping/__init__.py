"""Rows that leave by a rule: one sweeper for all systems, in batches of 100 ms, by way of an archive if need be.

sweep, parcel   rows that go, and their archive    run, pace   one sweeper at a time, in batches
plan            what a run would do: the dry run   as_job      five minutes at a time
departure       what leaves otherwise, of which a system tells
"""
