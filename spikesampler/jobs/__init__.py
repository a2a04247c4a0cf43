"""What runs where, and goes on after a kill. What the jobs compute is none of its business."""
