"""Certificates for completed courses: issued once each, and issued again under the same number."""
