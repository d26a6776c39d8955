"""What the migrations from release 0.5.1 do with its rows. Used by them alone."""
