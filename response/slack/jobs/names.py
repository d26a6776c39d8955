"""The names of the jobs, as they stand in the rows of the queue. Never change one."""

from __future__ import annotations

HEADLINE_SYNC = "headline.sync"
HEADLINE_THREAD = "headline.thread"
COMMS_CHANNEL_MAKE = "comms_channel.make"
COMMS_CHANNEL_RENAME = "comms_channel.rename"
EPHEMERAL = "whisper.send"
REPORT_REQUEST = "report.ask"
ANNOUNCEMENT = "announcement.post"
USER_REFRESH = "profile.refresh"
USERS_REFRESH = "people.refresh"
GROUPS_REFRESH = "user_groups.refresh"
CHANNEL_REFRESH = "channel_name.refresh"
