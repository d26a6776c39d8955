"""What things cost, in queries: the same for ten rows and for a thousand."""
