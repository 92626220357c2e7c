"""What the bridge says to customers by itself, and all that keeps it silent."""
