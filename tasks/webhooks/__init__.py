"""Outgoing webhooks of all systems (docs/webhooks.md): each event goes to each endpoint that wants it, signed.

deliver   the actor: a job for each event and endpoint      sender    one a process, which makes the calls of all jobs
calls     the loop on which they are made                   receiver  the client: only to addresses that were checked
request   what is sent, and its signatures                  verdict   what an answer means, and when the next try is
tell      who hears that an endpoint is disabled            tidy      deliveries of long ago
entries   what recurs
"""
