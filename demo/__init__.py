"""A complete project with Response in it."""
