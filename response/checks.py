"""System checks: a setting that is missing or wrong is said at start-up."""
