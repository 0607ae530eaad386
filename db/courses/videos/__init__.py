"""A video on its way to a player: begun, planned in parts, each part done once, published or failed.

begin    uploading to processing, and the parts that are to be made       parts      one part, done by compare-and-set
publish  the ladder, and processing to ready                              fail       processing to failed
texts    what is said in a video                                          pipelines  what `bellwork reconcile` knows
"""
