"""REST interface and pages."""
