"""The Slack side: it receives requests, handles them, and shows incidents in Slack."""
