"""Rules: who comes, and what happens by itself, as an organisation configures it.

``models`` holds the rules and what each has done; ``conditions``, ``plan`` and ``placeholders``
are pure and decide; ``apply`` notes what is to be done and queues it, ``actions`` does it in
Slack, and ``admin`` shows what would happen before a rule is switched on.
"""
