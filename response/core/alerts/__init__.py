"""Alerts of other systems, which open incidents, join them and end them.

``groups`` says what an alert source has to tell; ``intake`` does what follows from it.
Each source has a module that reads what it sends (pure), and a view.
"""
