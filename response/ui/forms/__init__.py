"""The forms of the pages, and the fields in them."""
