"""A room for each source: its measures, claims, panels and page."""
