"""Random contracts, random histories that the specification says must be accepted, and random questions about them.

A history is built step by step by a story, which knows what has been recorded and takes only what is allowed at each
(dated, position). Facts are often recorded long after the date they bear. Doubtful cases are left out; each is a
comment that begins "Avoided:".
"""
