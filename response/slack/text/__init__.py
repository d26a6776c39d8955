"""Text of and for Slack: mrkdwn, commands, channel names, timestamps and limits."""
