"""The doctor: looks at the real setup, step by step, and says what to do.

``examine`` runs all steps. A step is a function of a few arguments that yields
:class:`~response.setup.doctor.finding.Finding`; it changes nothing, in Slack or here.
"""
