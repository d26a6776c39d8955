"""Measures Response beside its peers: ``python -m benchmarks --help``.

Part of the checkout, not of the package. It knows Response from outside only: its HTTP endpoints,
its management commands, ``response.models`` and the decorators that projects use.
"""
