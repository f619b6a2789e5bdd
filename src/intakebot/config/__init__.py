"""Settings: everything the service is told, in sections that check themselves."""
