"""The textbook rule of pairs of spikes: what it is known to do, and what it does on a grid."""
