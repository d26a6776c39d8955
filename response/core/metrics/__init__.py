"""Metrics of incidents: how many, how long, and what was left out of that and why.

Everything is computed in the database, for the incidents that the reader may see.
"""
