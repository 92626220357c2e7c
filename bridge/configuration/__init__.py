"""The configuration: one TOML file, its models, its errors."""
