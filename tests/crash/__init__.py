"""What survives a crash: real daemons, killed at named points and at random moments, and everything counted outside."""
