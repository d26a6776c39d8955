"""What Response does in Slack: headline, comms channel, timeline, reminders, updates."""
