"""What the demo is filled with when it runs with the sandbox: people, and a year of incidents."""
