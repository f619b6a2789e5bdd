"""The made-up landlord a first try runs as: settings, teams, officers and letters. Data, no code."""
