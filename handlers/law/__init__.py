"""The only place that counts days or names an article."""
