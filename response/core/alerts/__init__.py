"""Alerts from other systems, which declare incidents, join them and close them.

``groups`` defines the data that every alert source provides, and ``intake`` acts on it. Each
source has a module that parses its payload (pure), and a view.
"""
