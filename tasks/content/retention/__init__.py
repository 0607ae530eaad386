"""What leaves the content system otherwise than by a rule of rows: uploads, organizations without a contract.

uploads    the files of class lists           contracts               ends of contracts, and their notices
steps      the days of which notice is due    organization_deletion   an organization is deleted
"""
