"""Response: run your incidents from Slack."""

__version__ = "1.0.0.dev0"
