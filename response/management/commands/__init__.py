"""The management commands ``response_…``."""
