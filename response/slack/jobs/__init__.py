"""The jobs of the Slack side: their names, and the functions that queue them.

Models and features queue jobs from here without importing the code that does them, which is
in ``features``. The names are stored in rows and outlive a deployment.
"""
