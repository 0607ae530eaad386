"""The office's reports: figures to HTML, text and pictures, into the storage and to the managers, once a period.

write   the job of a report, and the letters that each tutor gets      page   the words and pictures
periods which days a report is of
"""
