"""What the primer measures, a file per chapter: each gives {variable: (dimensions, values)}."""
