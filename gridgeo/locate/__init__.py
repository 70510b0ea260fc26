"""Point or text to grid."""
