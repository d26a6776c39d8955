"""Webhooks: other programs are told over HTTP what happens to incidents."""
