"""Reviews of incidents: beginning one, writing it, drafting it, and exporting it."""
