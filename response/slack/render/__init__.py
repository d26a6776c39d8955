"""What Response shows in Slack: messages, buttons and forms, as Block Kit."""
