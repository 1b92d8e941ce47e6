"""Rightsdesk's own store and the CRM database."""
