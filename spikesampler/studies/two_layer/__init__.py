"""Two layers on clusters that one layer cannot tell apart."""
