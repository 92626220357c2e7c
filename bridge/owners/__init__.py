"""What owners write, what they are shown, and where their lines go."""
