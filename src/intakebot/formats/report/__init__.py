"""Reports written out: one document, five forms."""
