"""Signals about changes of incidents and actions, and about updates.

Those whose name ends in ``-ing``, and ``tracked_saved``, are sent *inside* the transaction that
makes the change: what a receiver writes to the database is committed with it or not at all,
and a receiver that raises undoes the change. They are for work that must not be lost if the
process dies the moment after the commit; Slack's outgoing messages are queued by them.

The others are sent after the commit, for notifying other systems. If a receiver raises, the
error is logged and the other receivers still run.

Those about incidents and actions carry ``changes``: a dict of field name to a pair
``(old, new)``; foreign keys as ``ExternalUser`` or None. It is empty for a new row.
"""

from __future__ import annotations

from django.dispatch import Signal

#: Sent by every tracked model in the transaction of its ``save()``, with ``instance``,
#: ``created`` and ``changes``. The history listens to it; use the signals below instead.
tracked_saved = Signal()

#: Sent with ``incident`` in the transaction that creates it.
incident_creating = Signal()
#: Sent with ``incident`` and ``changes`` in the transaction that changes it.
incident_changing = Signal()
#: Sent with ``action``, ``created`` and ``changes`` in the transaction that saves it.
action_changing = Signal()

#: Sent with ``update`` in the transaction that stores it.
update_posting = Signal()
#: Sent with ``review`` and ``incident`` in the transaction that publishes the review.
review_publishing = Signal()

#: Sent with ``incident`` after it has been committed.
incident_created = Signal()
#: Sent with ``incident`` and ``changes`` after they have been committed.
incident_changed = Signal()
#: Sent with ``action``, ``created`` and ``changes`` after they have been committed.
action_changed = Signal()
#: Sent with ``update`` after it has been committed.
update_posted = Signal()
#: Sent with ``review`` and ``incident`` after the review's publication has been committed.
review_published = Signal()
