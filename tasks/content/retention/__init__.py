"""What leaves the content system otherwise than by a rule of rows: uploads, organizations without a contract.

uploads    the files of class lists              contracts  ends of contracts, and who is told
steps      the days on which who is told what    leaving    an organization is deleted
"""
