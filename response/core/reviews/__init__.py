"""Reviews of incidents: beginning one, writing it, drafting it, and taking it elsewhere."""
