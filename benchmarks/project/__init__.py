"""A project with Response in it, set up as the README says."""
