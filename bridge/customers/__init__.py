"""What customers write, and what follows."""
