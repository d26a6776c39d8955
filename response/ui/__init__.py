"""The web pages: the list of incidents and the incident document.

Imports core, never the chat tool: what the pages need of it, ``core.chat`` offers.
"""
