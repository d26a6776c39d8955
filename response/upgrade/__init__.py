"""Functions with which the migrations convert the rows of release 0.5.1. Used only there."""
