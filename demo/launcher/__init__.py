"""Starting the demo with one command."""
